//! Bundles the style sheets and the script, gives every file a name with its fingerprint in it, and
//! compresses it once, here, so that the server only hands out bytes.
//!
//! Writes `OUT_DIR/assets.rs`: `static ASSETS: &[Asset]`, read by `src/web/assets.rs`.
//!
//! htmx is not in the repository. It is the unmodified `htmx-2.0.8.min.js` (0BSD) out of the crate
//! `servable`, which Cargo downloads with the others and never compiles (see Cargo.toml). Set
//! `HARRIER_ASSETS` to a folder with that file to take it from there instead.

#![allow(clippy::disallowed_methods, reason = "cargo tells a build script by the environment where it is")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};

/// The order of the cascade. Layers decide between families; inside a layer, later files win.
const STYLES: &[&str] = &[
    "tokens",
    "reset",
    "base",
    "layout",
    "page-head",
    "button",
    "bib",
    "tag",
    "card",
    "figures",
    "tabs",
    "toolbar",
    "form",
    "upload",
    "notice",
    "table",
    "roster",
    "pages",
    "activity",
    "empty",
    "menu",
    "dialog",
    "signal",
    "week",
    "chart",
    "plan",
    "sign-in",
    "join",
    "busy",
    "report",
    "print",
];

const HTMX: &str = "htmx-2.0.8.min.js";
/// Of `dist/htmx.min.js` in htmx.org 2.0.8 as its authors publish it.
const HTMX_SHA256: &str = "22283ef68cb7545914f0a88a1bdedc7256a703d1d580c1d255217d0a50d31313";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["build.rs", "static", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    println!("cargo:rerun-if-env-changed=HARRIER_ASSETS");

    let files = [
        ("app.css", "text/css; charset=utf-8", styles(&root.join("static/css"))?),
        ("app.js", "text/javascript; charset=utf-8", script(&root)?),
        ("icons.svg", "image/svg+xml", fs::read(root.join("static/icons/icons.svg"))?),
        ("favicon.svg", "image/svg+xml", fs::read(root.join("static/icons/favicon.svg"))?),
    ];

    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for (name, content_type, bytes) in files {
        let (stem, extension) = name.rsplit_once('.').ok_or("an asset without an extension")?;
        let hashed = format!("{stem}-{}.{extension}", &sha256(&bytes)[..12]);
        fs::write(out.join(name), &bytes)?;
        fs::write(out.join(format!("{name}.gz")), gzip(&bytes)?)?;
        fs::write(out.join(format!("{name}.br")), brotli(&bytes)?)?;
        let include =
            |suffix: &str| format!(r#"include_bytes!(concat!(env!("OUT_DIR"), "/{name}{suffix}"))"#);
        writeln!(
            table,
            "    Asset {{ name: {name:?}, path: {:?}, content_type: {content_type:?}, identity: {}, gzip: {}, brotli: {} }},",
            format!("/assets/{hashed}"),
            include(""),
            include(".gz"),
            include(".br"),
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// All style sheets in the order of [`STYLES`]. A file missing from the list would be silently unused, so
/// that is an error.
fn styles(folder: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|e| e == "css") && !STYLES.contains(&stem) {
            return Err(format!("static/css/{stem}.css is missing from STYLES in build.rs").into());
        }
    }
    let mut bundle = Vec::new();
    for name in STYLES {
        let path = folder.join(format!("{name}.css"));
        let sheet = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        bundle.extend(lean(&sheet).into_bytes());
    }
    Ok(bundle)
}

/// htmx, then the product's own script.
fn script(root: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let path = match env::var_os("HARRIER_ASSETS") {
        Some(folder) => PathBuf::from(folder).join(HTMX),
        None => htmx_from_cargo()?,
    };
    println!("cargo:rerun-if-changed={}", path.display());
    let mut bundle = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let found = sha256(&bundle);
    if found != HTMX_SHA256 {
        return Err(format!("{}: expected SHA-256 {HTMX_SHA256}, found {found}", path.display()).into());
    }
    bundle.push(b'\n');
    bundle.extend(lean(&fs::read_to_string(root.join("static/js/harrier.js"))?).into_bytes());
    Ok(bundle)
}

/// A script or a style sheet without its indentation and without the comments that have lines of their own.
/// Lines stay lines, so it says the same, as long as no string goes over several.
fn lean(source: &str) -> String {
    let mut lean = String::with_capacity(source.len());
    let mut is_comment = false;
    for line in source.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            lean.push_str(line);
            lean.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    lean
}

/// Asks Cargo where it unpacked `servable`; Cargo downloads the package if it has not yet.
fn htmx_from_cargo() -> Result<PathBuf, Box<dyn Error>> {
    let cargo = env::var_os("CARGO").ok_or("CARGO is not set")?;
    let output = Command::new(cargo).args(["metadata", "--format-version", "1", "--locked"]).output()?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let manifest = metadata["packages"]
        .as_array()
        .and_then(|packages| packages.iter().find(|p| p["name"] == "servable"))
        .and_then(|p| p["manifest_path"].as_str())
        .ok_or("the package `servable`, which carries htmx, is not in Cargo.lock")?;
    Ok(Path::new(manifest).with_file_name("htmx").join(HTMX))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed)
}
