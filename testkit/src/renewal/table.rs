//! The comparison as a table.

use super::day::{Ended, Thief, Weather, play};
use super::scheme::{ACCESS_LIFE, Scheme};
use cloakroom_model::words::time::Span;

/// What became of one kind of thief under one scheme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theft {
    /// Days on which the thief got in at all.
    pub got_in: u64,
    /// Of those, on which the family was ended.
    pub found_out: u64,
    /// Minutes from the thief's first success to that, the middle one.
    pub minutes: Option<i64>,
    /// Minutes of access that the thief had, over all days on which they tried, on average.
    pub access: i64,
}

/// One scheme's line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The scheme.
    pub scheme: Scheme,
    /// Days without a thief, in brisk weather, on which somebody was signed out all the same.
    pub signed_out_brisk: u64,
    /// The same in rough weather.
    pub signed_out_rough: u64,
    /// The thief who renews.
    pub renews: Theft,
    /// The thief who uses it once.
    pub once: Theft,
    /// The thief who stays in step.
    pub in_step: Theft,
}

fn minutes(span: Span) -> i64 {
    (span.as_millis() + 30_000) / 60_000
}

fn theft(scheme: Scheme, thief: Thief, seeds: u64) -> Theft {
    let days: Vec<Ended> = (0..seeds).map(|seed| play(scheme, thief, Weather::Rough, seed)).collect();
    let mut delays = Vec::new();
    let (mut got_in, mut found_out, mut access) = (0, 0, 0);
    for day in &days {
        let Some(since) = day.thief_since else { continue };
        got_in += 1;
        let last = day.thief_until.unwrap_or(since).plus(ACCESS_LIFE);
        // What is taken back is dead at once: the feed sees to that.
        let until = day.over.map_or(last, |over| last.min(over));
        access += until.since(since).as_millis();
        if let Some(over) = day.over {
            found_out += 1;
            delays.push(over.since(since));
        }
    }
    delays.sort();
    let middle = delays.get(delays.len() / 2).copied();
    let access = access / i64::try_from(seeds.max(1)).unwrap_or(i64::MAX);
    Theft { got_in, found_out, minutes: middle.map(minutes), access: minutes(Span::millis(access)) }
}

/// The line of a scheme over so many days.
#[must_use]
pub fn line(scheme: Scheme, seeds: u64) -> Line {
    let signed_out = |weather| {
        let days = (0..seeds).map(|seed| play(scheme, Thief::None, weather, seed));
        days.filter(|day| day.over.is_some()).count() as u64
    };
    Line {
        scheme,
        signed_out_brisk: signed_out(Weather::Brisk),
        signed_out_rough: signed_out(Weather::Rough),
        renews: theft(scheme, Thief::Renews, seeds),
        once: theft(scheme, Thief::Once, seeds),
        in_step: theft(scheme, Thief::InStep, seeds),
    }
}

fn cell(theft: &Theft, seeds: u64) -> String {
    if theft.got_in == 0 {
        return "never gets in".to_owned();
    }
    let found = percent(theft.found_out, theft.got_in);
    let when = theft.minutes.map_or(String::new(), |minutes| format!(", after {minutes} min"));
    let got_in = if theft.got_in == seeds {
        String::new()
    } else {
        format!("in on {}, ", percent(theft.got_in, seeds))
    };
    format!("{got_in}found out {found}{when}; {} min of access", theft.access)
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = part * 1_000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// The table of all schemes, as the docs have it.
#[must_use]
pub fn table(seeds: u64) -> String {
    let mut text = String::from(
        "| scheme | signed out for nothing: races, an answer lost and retried | laptops that sleep, networks that stall | a thief who renews | a thief who uses it once | a thief in step |\n\
         |---|---|---|---|---|---|\n",
    );
    for scheme in Scheme::ALL {
        let line = line(scheme, seeds);
        text.push_str(&format!(
            "| {} | {} of days | {} of days | {} | {} | {} |\n",
            scheme.name(),
            percent(line.signed_out_brisk, seeds),
            percent(line.signed_out_rough, seeds),
            cell(&line.renews, seeds),
            cell(&line.once, seeds),
            cell(&line.in_step, seeds),
        ));
    }
    text
}
