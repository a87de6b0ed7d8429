//! What lanes hold after a number.

use crate::connection::Connection;
use crate::error::{Result, corrupt};
use crate::values::{P, get, number, time, to_sql};
use cloakroom_model::records::fact::{Fact, FactKey, KeptFact};
use cloakroom_model::records::trail::LaneId;
use cloakroom_store::ledger::{Entry, LaneTail};

/// What every lane holds after its number. One statement is one moment.
pub(crate) async fn tails(
    connection: &Connection,
    after: &[(LaneId, u64)],
    at_most: usize,
) -> Result<Vec<LaneTail>> {
    let (lanes, numbers): (Vec<i64>, Vec<i64>) =
        after.iter().map(|(lane, seq)| (i64::from(lane.0), to_sql(*seq))).unzip();
    let found = connection
        .rows(
            "SELECT l.lane, l.fact_head, f.seq, f.fact_key, f.at_least, f.kept_until FROM ck_lane l \
             LEFT JOIN unnest($1::int8[], $2::int8[]) AS a(lane, seq) ON a.lane = l.lane \
             LEFT JOIN LATERAL (SELECT * FROM ck_fact f WHERE f.lane = l.lane AND f.seq > coalesce(a.seq, 0) \
             ORDER BY f.seq LIMIT $3) f ON true ORDER BY l.lane, f.seq",
            &[P::ManyI(&lanes), P::ManyI(&numbers), P::I(to_sql(at_most as u64))],
        )
        .await?;
    let mut tails = Vec::<LaneTail>::new();
    for row in &found {
        let lane = LaneId(u32::try_from(get::<i64>(row, 0)?).map_err(corrupt)?);
        if tails.last().is_none_or(|tail| tail.lane != lane) {
            tails.push(LaneTail { lane, head: number(row, 1)?, entries: Vec::new() });
        }
        let (Some(tail), Some(key)) = (tails.last_mut(), get::<Option<&[u8]>>(row, 3)?) else { continue };
        let fact = Fact { key: FactKey::from_bytes(key).map_err(corrupt)?, at_least: number(row, 4)? };
        let fact = KeptFact { fact, until: time(row, 5)? };
        tail.entries.push(Entry { seq: number(row, 2)?, fact });
    }
    Ok(tails)
}
