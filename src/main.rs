fn main() -> std::process::ExitCode {
    jeton::cli::main()
}
