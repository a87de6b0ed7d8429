//! `bench/run arrangements`: five ways to know who is signed in, side by side: what goes over the wire, what a check costs, and how long it
//! takes until a change is a change. The clock is set by hand: seconds are seconds of the app's own time, counted and not waited for.

mod holder;

mod plain;

mod kinds;

mod effects;

mod cost;

use cloakroom_testkit::engine::Failure;
use kinds::Kind;
use serde_json::json;
use std::io::Write;

fn main() -> Result<(), Failure> {
    let is_json = std::env::args().any(|word| word == "--json");
    let quick = std::env::args().any(|word| word == "--quick");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut out = std::io::stdout().lock();
    if !is_json {
        writeln!(
            out,
            "| | bytes a request | a check | store calls: first, then | sign-out | ban | role taken away | a stolen copy |\n\
             |---|---|---|---|---|---|---|---|"
        )?;
    }
    for kind in Kind::ALL {
        let (cost, effects) = runtime
            .block_on(async { Ok::<_, Failure>((cost::of(kind, quick).await?, effects::of(kind).await?)) })?;
        let (name, bytes, us) = (kind.name(), cost.bytes, cost.micros);
        let (first, later) = cost.store_calls;
        let effects::Effects { sign_out, ban, role, stolen } = effects;
        if is_json {
            writeln!(
                out,
                "{}",
                json!({
                    "bench": "arrangements", "row": name, "bytes": bytes, "check_us": us, "check_over_bare_us": cost.over_bare,
                    "store_calls_first": first, "store_calls": later, "sign_out_s": sign_out, "ban_s": ban, "role_s": role,
                    "stolen_s": stolen,
                })
            )?;
        } else {
            let seconds =
                |seconds: u64| if seconds == 0 { "at once".to_owned() } else { format!("{seconds} s") };
            writeln!(
                out,
                "| {name} | {bytes} | {us:.1} us | {first}, {later} | {} | {} | {} | {} |",
                seconds(sign_out),
                seconds(ban),
                seconds(role),
                seconds(stolen)
            )?;
        }
    }
    Ok(())
}
