use super::*;
use redis::parse_redis_value;

fn failed(said: &str) -> Failed {
    let answer = parse_redis_value(format!("-{said}\r\n").as_bytes()).unwrap();
    Failed::from(answer.extract_error().unwrap_err())
}

/// What Redis 7 says, and what 6.2 says of a script.
#[test]
fn why_a_script_failed_is_known_on_every_server() {
    let of_a_script = "ERR Error running script (call to f_ab12): @user_script:5: @user_script: 5: -";
    for (code, words) in [
        ("OOM", "command not allowed when used memory > 'maxmemory'."),
        ("READONLY", "You can't write against a read only replica."),
        ("NOREPLICAS", "Not enough good replicas to write."),
        ("NOPERM", "this user has no permissions to run the 'hset' command"),
    ] {
        let (new, old) =
            (failed(&format!("{code} {words}")), failed(&format!("{of_a_script}{code} {words}")));
        assert_eq!(new, old, "{code}");
        assert_eq!((new.is_full, new.is_lost), (code == "OOM", code == "READONLY"), "{code}");
    }
}

/// A server repeats what it was given.
#[test]
fn no_words_of_a_server_are_told() {
    for said in [
        "ERR unknown command 'hunter22', with args beginning with: -hunter22",
        "ERR -hunter22",
        "WRONGPASS hunter22",
    ] {
        assert!(!format!("{} {:?}", failed(said), failed(said)).contains("hunter"), "{said}");
    }
}
