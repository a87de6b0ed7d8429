//! Lanes: facts and events in commit order. Whoever appends to one holds its row until the commit.

use crate::connection::Connection;
use crate::error::{Failed, Result, corrupt};
use crate::values::{P, fixed, get, number, to_sql};
use cloakroom_model::records::chain::ChainHead;
use cloakroom_model::records::event::Event;
use cloakroom_model::records::fact::KeptFact;
use cloakroom_model::records::trail::{LaneId, Trail};
use cloakroom_model::words::digest::Digest;
use tokio_postgres::Row;

/// How far a lane has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Head {
    pub(crate) facts: u64,
    pub(crate) chain: ChainHead,
}

/// What is read of lanes.
pub(crate) const LANES: &str = "SELECT lane, fact_head, event_head, chain FROM ck_lane ORDER BY lane";

/// How far each lane has come.
pub(crate) type Heads = Vec<(LaneId, u64)>;

/// The heads of all lanes.
pub(crate) async fn heads(connection: &Connection) -> Result<Heads> {
    let lanes = connection.rows(LANES, &[]).await?;
    lanes.iter().map(|row| head(row).map(|(lane, head)| (lane, head.facts))).collect()
}

pub(crate) fn head(row: &Row) -> Result<(LaneId, Head)> {
    let chain = ChainHead { seq: number(row, 2)?, digest: Digest(fixed(row, 3)?) };
    let lane = u32::try_from(get::<i64>(row, 0)?).map_err(corrupt)?;
    Ok((LaneId(lane), Head { facts: number(row, 1)?, chain }))
}

/// Makes a lane that is not there yet.
pub(crate) async fn make(connection: &Connection, lane: LaneId) -> Result<()> {
    let sql = "INSERT INTO ck_lane (lane, fact_head, event_head, chain) VALUES ($1, 0, 0, $2) ON CONFLICT DO NOTHING";
    let begins = Head::default().chain.digest.0;
    connection.change(sql, &[P::I(lane.0.into()), P::B(&begins)]).await.map(drop)
}

impl Head {
    /// The head of a lane, which is nobody else's until this commits.
    async fn hold(connection: &Connection, lane: LaneId) -> Result<Self> {
        let of_lane = [P::I(lane.0.into())];
        let sql = "SELECT lane, fact_head, event_head, chain FROM ck_lane WHERE lane = $1 FOR UPDATE";
        let mut row = connection.row(sql, &of_lane).await?;
        if row.is_none() {
            make(connection, lane).await?;
            row = connection.row(sql, &of_lane).await?;
        }
        row.map_or(Err(Failed::Corrupt("a lane is gone")), |row| head(&row).map(|(_, head)| head))
    }

    /// Writes the head, and the events that brought it here.
    async fn write(self, connection: &Connection, lane: LaneId, new: &Appended) -> Result<()> {
        let (events, payloads, digests) = (each(&new.events), each(&new.payloads), each(&new.digests));
        let values = [
            P::I(lane.0.into()),
            P::ManyI(&new.numbers),
            P::ManyB(&events),
            P::ManyB(&payloads),
            P::ManyB(&digests),
            P::I(to_sql(self.facts)),
            P::I(to_sql(self.chain.seq)),
            P::B(&self.chain.digest.0),
        ];
        let sql = "WITH appended AS (INSERT INTO ck_event (lane, seq, event, payload, digest) \
                   SELECT $1, * FROM unnest($2, $3, $4, $5)) \
                   UPDATE ck_lane SET fact_head = $6, event_head = $7, chain = $8 WHERE lane = $1";
        connection.change(sql, &values).await.map(drop)
    }

    async fn join(&mut self, connection: &Connection, lane: LaneId, new: &KeptFact) -> Result<()> {
        let key = new.fact.key.to_bytes();
        let at_least = to_sql(new.fact.at_least);
        // Where nothing grows, nothing is written, and the number is free for the next one.
        let grown = connection
            .change(
                "INSERT INTO ck_fact AS f (fact_key, at_least, kept_until, lane, seq) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (fact_key) DO UPDATE SET at_least = greatest(f.at_least, excluded.at_least), \
                 kept_until = greatest(f.kept_until, excluded.kept_until), lane = excluded.lane, seq = excluded.seq \
                 WHERE excluded.at_least > f.at_least OR excluded.kept_until > f.kept_until",
                &[
                    P::B(&key),
                    P::I(at_least),
                    P::I(new.until.millis()),
                    P::I(lane.0.into()),
                    P::I(to_sql(self.facts + 1)),
                ],
            )
            .await?;
        self.facts += grown;
        Ok(())
    }

    fn append(&mut self, lane: LaneId, event: &Event, new: &mut Appended) {
        let bytes = event.to_bytes();
        let payload = ChainHead::payload_digest(&bytes);
        self.chain = self.chain.then(lane, payload);
        new.numbers.push(to_sql(self.chain.seq));
        new.events.push(bytes);
        new.payloads.push(payload.0.to_vec());
        new.digests.push(self.chain.digest.0.to_vec());
    }
}

/// Events on their way to the end of a lane, column by column.
#[derive(Debug, Default)]
struct Appended {
    numbers: Vec<i64>,
    events: Vec<Vec<u8>>,
    payloads: Vec<Vec<u8>>,
    digests: Vec<Vec<u8>>,
}

fn each(all: &[Vec<u8>]) -> Vec<&[u8]> {
    all.iter().map(Vec::as_slice).collect()
}

/// Puts trails at the end of a lane: facts join what is known, events go to the end of the chain.
pub(crate) async fn append(connection: &Connection, lane: LaneId, trails: &[Trail]) -> Result<Head> {
    let mut head = Head::hold(connection, lane).await?;
    let mut new = Appended::default();
    for trail in trails {
        for fact in &trail.facts {
            head.join(connection, lane, fact).await?;
        }
        for event in &trail.events {
            head.append(lane, event, &mut new);
        }
    }
    head.write(connection, lane, &new).await?;
    Ok(head)
}

/// An event from its column.
pub(crate) fn event(bytes: Option<&[u8]>) -> Result<Option<Event>> {
    bytes.map(|bytes| Event::from_bytes(bytes).map_err(corrupt)).transpose()
}
