#![no_main]

use libfuzzer_sys::fuzz_target;

// Whatever the bytes are, they are read or refused, and nothing panics.
fuzz_target!(|bytes: &[u8]| {
    let _ = harrier::files::read("fuzz.gpx", bytes);
});
