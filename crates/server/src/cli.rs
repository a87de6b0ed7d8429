//! The command line. Data goes to stdout, everything else to stderr; each way to fail has an exit code of its own.

mod args;

mod out;

mod commands;

mod importing;

mod sessions;

mod log;

mod looking;

mod doctor;

mod moving;

mod offline;

mod init;

mod serve;

mod dev;

use args::{Args, Command};
use clap::Parser;
use out::Failure;
use std::process::ExitCode;

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _closed = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let ran = match args.command {
        Command::Dev(dev) => dev::run(dev, args.json),
        Command::Serve => serve::run(&args.config, args.json),
        Command::Init(init) => init::run(&init, args.json),
        Command::Check => looking::check(&args.config, args.json),
        Command::Import(args::Import::Users { file, format, dry_run, report }) => {
            importing::run(&args.config, &importing::Asked { file, format, dry_run, report }, args.json)
        }
        Command::Import(args::Import::Store { from }) => moving::import(&args.config, from, args.json),
        Command::Export(export) => moving::export(&args.config, &export, args.json),
        Command::Restore(restore) => offline::restore(&args.config, &restore),
        Command::Key(args::Key::RotateRoot) => offline::rotate_root(&args.config),
        Command::Completions { shell } => offline::completions(shell),
        Command::Man { folder } => offline::man(&folder),
        Command::Config(which) => looking::config(&args.config, &which, args.json),
        Command::Doctor => doctor::run(&args.config, args.json),
        Command::Session(args::Session::Revoke(revoke)) => sessions::run(&args.config, revoke, args.json),
        Command::Session(args::Session::List { who: None }) => sessions::list(&args.config, args.json),
        Command::Events(args::Events::Export { after }) => log::export(&args.config, after.as_deref()),
        Command::Events(args::Events::Verify { checkpoint }) => {
            log::verify(&args.config, checkpoint.as_deref(), args.json)
        }
        other => commands::give(&args.config, other, args.json),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, told }) => {
            out::tell(&told);
            ExitCode::from(code)
        }
    }
}
