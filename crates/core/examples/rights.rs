//! Prints the matrix of rights as ARCHITECTURE.md shows it.

fn main() {
    print!("{}", colloq_core::matrix());
}
