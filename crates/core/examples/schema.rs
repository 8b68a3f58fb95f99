//! Prints the JSON Schema of the public types; `cargo xtask build` makes the TypeScript types of it.

fn main() {
    println!("{}", colloq_core::schema_json());
}
