//! What a turn costs the server when ten times as many conversations are stored.

use chinwag::store::Redis;
use futures_util::future::join_all;

use super::{
    servers::Server,
    stores::{NOW, answers, key},
};

const FEW: u32 = 2_000;
const MANY: u32 = 10 * FEW;
const BATCH: u32 = 400;

#[tokio::test]
async fn a_turn_costs_the_same_among_ten_times_as_many_conversations() {
    let Some(server) = Server::new(&["--save", ""]) else { return };
    let store = Redis::connect(&server.url()).await.unwrap();
    let mut stored = 0;
    let mut costs = Vec::new();
    for target in [FEW, MANY] {
        while stored < target {
            let more = stored..target.min(stored + BATCH);
            stored = more.end;
            join_all(more.map(async |number| {
                answers(&store, &key(number), number, NOW).await.unwrap();
            }))
            .await;
        }
        // The least of several: what else the machine does only adds.
        let mut least = f64::MAX;
        for round in 0..8 {
            let () = redis::cmd("CONFIG").arg("RESETSTAT").query(&mut server.admin()).unwrap();
            for number in 0..BATCH {
                let (of, id) =
                    (number * (target / BATCH), MANY + target * 8 + round * BATCH + number);
                answers(&store, &key(of), id, NOW).await.unwrap();
            }
            least = least.min(cost_of_a_step(&server));
        }
        costs.push(least);
    }
    println!("a step of a turn: {} µs among {FEW}, {} µs among {MANY}", costs[0], costs[1]);
    assert!(costs[1] < costs[0] * 1.3, "{costs:?}");
}

/// Microseconds of the server's time for a script, on average since the last reset.
fn cost_of_a_step(server: &Server) -> f64 {
    let about: String = redis::cmd("INFO").arg("commandstats").query(&mut server.admin()).unwrap();
    let line = about.lines().find(|line| line.starts_with("cmdstat_evalsha:")).unwrap();
    let cost = line.split("usec_per_call=").nth(1).unwrap();
    cost.split(',').next().unwrap().parse().unwrap()
}
