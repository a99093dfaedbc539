#![no_main]

use libfuzzer_sys::fuzz_target;

// Whatever the bytes are, they are unpacked or refused, and nothing panics.
fuzz_target!(|bytes: &[u8]| {
    if let Ok(archive) = harrier::files::entries(bytes) {
        for entry in archive {
            if let Ok(bytes) = entry.bytes {
                let _ = harrier::files::read(&entry.name, &bytes);
            }
        }
    }
});
