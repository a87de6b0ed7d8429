//! What can be typed.

use crate::control::Filter;
use crate::import::Format;
use clap::{Args as Group, Parser, Subcommand};
use std::path::PathBuf;

/// The place where a web application leaves its sessions and tokens.
#[derive(Debug, Parser)]
#[command(name = "cloakroom", version, about, arg_required_else_help = true, disable_help_subcommand = true)]
pub(super) struct Args {
    /// The configuration, or the folder of `dev --data`.
    #[arg(short, long, global = true, default_value = "cloakroom.toml", value_name = "FILE")]
    pub(super) config: PathBuf,
    /// Answer as JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run beside an app on this machine: accounts, mail and all, with nothing to set up
    Dev(Dev),
    /// Run as configured
    Serve,
    /// Write a configuration
    Init(Init),
    /// Say what is wrong with the configuration
    Check,
    /// Say what is wrong with the installation
    Doctor,
    /// Look at the configuration
    #[command(subcommand)]
    Config(Config),
    /// The operator's way in
    #[command(subcommand)]
    Admin(Admin),
    /// People
    #[command(subcommand)]
    User(User),
    /// Sessions
    #[command(subcommand)]
    Session(Session),
    /// The log of what happened
    #[command(subcommand)]
    Events(Events),
    /// Take in people from another system, with the passwords they have, or a whole store
    #[command(subcommand)]
    Import(Import),
    /// Verifiers in other processes
    #[command(subcommand)]
    Service(Service),
    /// Secrets that were found somewhere
    #[command(subcommand)]
    Token(Token),
    /// The root key
    #[command(subcommand)]
    Key(Key),
    /// Copy the store while it is in use
    Backup(Backup),
    /// Put a copy back, while no server runs; without one, accept the store as it is
    Restore(Restore),
    /// Leave this store for another one, and write out what is in it
    Export(Export),
    /// Print what a shell needs to complete commands
    Completions { shell: clap_complete::Shell },
    /// Write manual pages into a folder
    Man { folder: PathBuf },
}

#[derive(Debug, Group)]
pub(super) struct Dev {
    /// The app to protect: http://localhost:5173. Without one a demo app is shown
    #[arg(long, value_name = "URL")]
    pub(super) protect: Option<String>,
    /// The port; 0 picks a free one
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    pub(super) port: u16,
    /// The port of mail, health and metrics; 0 picks a free one
    #[arg(long, value_name = "PORT")]
    pub(super) internal_port: Option<u16>,
    /// Where its store lies
    #[arg(long, default_value = "cloakroom-dev", value_name = "DIR")]
    pub(super) data: PathBuf,
}

#[derive(Debug, Group)]
pub(super) struct Init {
    /// Where browsers reach the pages where one signs in
    #[arg(long, default_value = "https://login.example.com", value_name = "URL")]
    pub(super) public_url: String,
    /// An app and where it runs: app.example.com=http://127.0.0.1:3000
    #[arg(long, value_name = "HOST=URL")]
    pub(super) app: Vec<String>,
    /// Where to write it
    #[arg(long, default_value = "cloakroom.toml", value_name = "FILE")]
    pub(super) to: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Every value and where it comes from
    Show,
    /// Every key with its default, as a configuration
    Reference,
    /// Write the built-in pages, words and icon into a new folder, for [pages] folder
    Pages { folder: PathBuf },
    /// Have the running server read it again: checked first, taken over whole or not at all
    Reload,
}

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Print a link that signs the operator in, once. Earlier ones are void
    Link,
}

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// List people
    List {
        /// After this id
        #[arg(long)]
        after: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show somebody, by address, user name or id
    Show { who: String },
    /// Make somebody. Without --password-stdin they have no password yet
    Add {
        /// Their addresses and user names
        #[arg(required = true)]
        names: Vec<String>,
        /// What they are called
        #[arg(long, default_value = "")]
        called: String,
        /// A group they are in
        #[arg(long = "group")]
        groups: Vec<String>,
        /// Their addresses are known to be theirs
        #[arg(long)]
        verified: bool,
        /// Read a password from stdin
        #[arg(long)]
        password_stdin: bool,
    },
    /// Ask somebody to join
    Invite {
        email: String,
        /// A group they will be in
        #[arg(long = "group")]
        groups: Vec<String>,
    },
    /// Take an invitation back
    Uninvite { email: String },
    /// Nothing of theirs is alive, and they cannot sign in
    Disable { who: String },
    /// They may sign in again
    Enable { who: String },
    /// Say which groups they are in. If one is taken away, everything older of theirs ends
    Groups {
        who: String,
        /// All of them, and no others
        #[arg(required_unless_present = "none")]
        groups: Vec<String>,
        /// They are in none
        #[arg(long, conflicts_with = "groups")]
        none: bool,
    },
    /// Send them a link to choose a new password
    Recover { who: String },
    /// End their account
    Delete { who: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum Session {
    /// Where somebody is signed in; without a name, everybody
    List { who: Option<String> },
    /// End one session, with --user all of somebody's, or with --where all that are meant
    Revoke(Revoke),
}

#[derive(Debug, Subcommand)]
pub(super) enum Events {
    /// The newest events as JSON lines
    Tail {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Check that nothing up to the last signed end was changed, removed or put elsewhere
    Verify {
        /// An earlier export: the log must still have what it had then
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// The whole log as JSON lines, and where it ends, signed. Keep it where this machine cannot change it
    Export {
        /// An earlier export: only what came after it
        #[arg(long, value_name = "FILE")]
        after: Option<PathBuf>,
    },
}

#[derive(Debug, Group)]
#[group(id = "which", required = true, multiple = false)]
pub(super) struct Which {
    /// This one
    pub(super) session: Option<String>,
    /// All of theirs
    #[arg(long)]
    pub(super) user: Option<String>,
    /// All for which this holds: host=NAME, address=PREFIX, device=WORD, group=NAME, older=7d, idle=2h. Repeat it, and all must hold
    #[arg(long = "where", value_name = "CONDITION")]
    pub(super) all_of: Vec<Filter>,
}

#[derive(Debug, Group)]
pub(super) struct Revoke {
    #[command(flatten)]
    pub(super) which: Which,
    /// Only say which
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Only if it is so many: what a dry run said
    #[arg(long, value_name = "COUNT")]
    pub(super) expect: Option<usize>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// From CSV, JSON lines, Django, Auth0 or Keycloak
    Users {
        file: PathBuf,
        /// What the file is; guessed if it is not said
        #[arg(long, value_enum)]
        format: Option<Format>,
        /// Only say what would happen
        #[arg(long)]
        dry_run: bool,
        /// Where to write a line of JSON for each row
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
    },
    /// Make the store of what `export` wrote: people, sessions, keys and the log, as they were
    Store { from: PathBuf },
}

#[derive(Debug, Group)]
pub(super) struct Export {
    /// A file that does not exist yet. Whoever has it and the root key has everything
    pub(super) to: PathBuf,
    /// From here on the store opens for nobody
    #[arg(long)]
    pub(super) accept: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Service {
    /// Make a credential for a verifier. It is shown once
    Add,
    /// Take one back
    Revoke { service: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Say what a secret is that was found, and whether it still opens anything
    Inspect {
        /// `-`: it is read from stdin. A secret does not belong into the list of processes
        from: String,
        /// And end what it opens
        #[arg(long)]
        revoke: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Add a root key, which takes over at the next start. Nobody is signed out
    RotateRoot,
}

#[derive(Debug, Group)]
pub(super) struct Restore {
    /// A copy made by `backup`
    pub(super) from: Option<PathBuf>,
    /// Every session from before ends, and links with them
    #[arg(long)]
    pub(super) accept: bool,
}

#[derive(Debug, Group)]
pub(super) struct Backup {
    /// A file that does not exist yet
    pub(super) to: PathBuf,
}
