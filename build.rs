//! Makes sure that web/dist exists, so that the page can be embedded, and that a new page means a new binary.
//!
//! An empty directory is fine: the server then shows how to build the page.

fn main() {
    let dist = std::path::Path::new("web").join("dist");
    if let Err(error) = std::fs::create_dir_all(&dist) {
        println!("cargo::warning=cannot create {}: {error}", dist.display());
    }
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed=build.rs");
}
