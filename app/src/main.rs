//! Entry point; the library `boxoffice` contains the program.

fn main() -> std::process::ExitCode {
    boxoffice::main()
}
