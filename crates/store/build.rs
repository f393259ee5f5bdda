//! Migrations are embedded; a new file must be noticed, not only an edited one.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
