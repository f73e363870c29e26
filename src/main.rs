//! The program. What it does stands in [`jeton::cli`].
fn main() -> std::process::ExitCode {
    jeton::cli::main()
}
