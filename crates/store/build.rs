//! Migrations are embedded; a new file must be noticed, not only an edited one.

#[expect(clippy::print_stdout, reason = "this is how a build script speaks to Cargo")]
fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
