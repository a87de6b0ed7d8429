//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What else is open: the store, its readers, the log, letters on their way.
const OTHERS: u64 = 256;

/// Asks for all that the system lets us have, and answers how many that is.
fn raised() -> u64 {
    let now = getrlimit(Resource::Nofile);
    let most = Rlimit { current: now.maximum, maximum: now.maximum };
    let got = setrlimit(Resource::Nofile, most).map_or(now.current, |()| now.maximum);
    got.unwrap_or(u64::MAX)
}

/// Makes room for so many connections, each of which may have one to an app. Says so if there is none.
pub(crate) fn make_room(connections: usize) {
    let (wanted, there) = (2 * connections as u64 + OTHERS, raised());
    if there < wanted {
        tracing::warn!(
            wanted,
            there,
            "this process may not open enough files for [server] connections: set LimitNOFILE, or `ulimit -n`"
        );
    }
}
