//! Turns of many workers, and what they cost in round trips.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use chinwag::store::{Begun, Redis, Store, contract};

use super::{
    servers::Server,
    stores::{NOW, answer, answers, begins, handles, key, messages, outcome, parcel, prefix, turn},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_the_contract() {
    let Some(server) = Server::shared() else { return };
    contract::holds(|workers| handles(server.url(), workers)).await;
}

#[tokio::test]
async fn a_turn_costs_two_round_trips() {
    let Some(server) = Server::shared() else { return };
    let prefix = prefix();
    let store = Redis::connect(&server.url()).await.unwrap().prefix(&prefix);
    answers(&store, &key(1), 1, NOW).await.unwrap();

    let mut monitor = Monitor::on(&server);
    let (record, lease) = begins(&store, &key(1), 2, NOW).await;
    let mut outcome = outcome(record, 2, Some(NOW));
    outcome.parcels = vec![parcel(&key(1), 1), parcel(&key(1), 2)];
    store.commit(&lease, &outcome, NOW).await.unwrap();
    let commands = monitor.commands(&prefix);
    assert_eq!(commands, ["evalsha", "evalsha"]);

    let again = store.begin(&key(1), turn(2), NOW).await.unwrap();
    assert!(matches!(again, Begun::Answered(found) if found == answer(2)));
    assert_eq!(monitor.commands(&prefix), ["evalsha"], "a copy costs one");
}

/// Three workers share twenty conversations, and ask again and again until their turns come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_of_three_workers_are_done_once_each() {
    const CONVERSATIONS: u32 = 20;
    const TURNS: u32 = 15;
    let Some(server) = Server::shared() else { return };
    let workers = handles(server.url(), 3).await;
    let mut tasks = Vec::new();
    for number in 0..CONVERSATIONS * TURNS {
        // Each turn comes to two workers: one of them is a copy.
        for worker in [0, 1] {
            let store = std::sync::Arc::clone(&workers[(number as usize + worker) % 3]);
            tasks.push(tokio::spawn(async move {
                let key = key(number % CONVERSATIONS);
                loop {
                    match store.begin(&key, turn(number), NOW).await.unwrap() {
                        Begun::Answered(found) => return (found, None),
                        Begun::Wait => tokio::time::sleep(Duration::from_millis(2)).await,
                        Begun::Turn(record, lease) => {
                            let outcome = outcome(record, number, None);
                            store.commit(&lease, &outcome, NOW).await.unwrap();
                            return (outcome.answer, Some((key, lease.fence)));
                        }
                    }
                }
            }));
        }
    }
    let mut fences = Vec::new();
    for (at, task) in tasks.into_iter().enumerate() {
        let (found, done) = task.await.unwrap();
        assert_eq!(found, answer(u32::try_from(at / 2).unwrap()));
        fences.extend(done);
    }
    assert_eq!(fences.len(), (CONVERSATIONS * TURNS) as usize, "each turn is done once");
    fences.sort();
    fences.dedup();
    assert_eq!(fences.len(), (CONVERSATIONS * TURNS) as usize, "no two have one fence");
    for number in 0..CONVERSATIONS {
        assert_eq!(messages(&workers[2], &key(number), NOW).await, TURNS);
    }
}

#[tokio::test]
async fn bots_with_different_prefixes_do_not_meet() {
    let Some(server) = Server::shared() else { return };
    let [one, other] = [handles(server.url(), 1).await, handles(server.url(), 1).await];
    answers(&one[0], &key(1), 1, NOW).await.unwrap();
    answers(&other[0], &key(1), 1, NOW).await.unwrap();
    assert_eq!(messages(&one[0], &key(1), NOW).await, 1);
}

/// Reads what clients send to the server.
struct Monitor {
    lines: BufReader<TcpStream>,
    admin: TcpStream,
}

impl Monitor {
    fn on(server: &Server) -> Self {
        let connect = || TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        let (mut monitor, admin) = (connect(), connect());
        monitor.write_all(b"MONITOR\r\n").unwrap();
        let mut lines = BufReader::new(monitor);
        let mut hello = String::new();
        lines.read_line(&mut hello).unwrap();
        assert_eq!(hello, "+OK\r\n");
        Self { lines, admin }
    }

    /// The commands with this prefix until now, without those that scripts called.
    fn commands(&mut self, prefix: &str) -> Vec<String> {
        let end = format!("end of {prefix}");
        self.admin.write_all(format!("ECHO \"{end}\"\r\n").as_bytes()).unwrap();
        let mut commands = Vec::new();
        for line in self.lines.by_ref().split(b'\n') {
            let line = String::from_utf8_lossy(&line.unwrap()).into_owned();
            if line.contains(&end) {
                break;
            }
            if line.contains(&format!("{{{prefix}:")) && !line.contains(" lua] ") {
                commands.push(line.split('"').nth(1).unwrap().to_lowercase());
            }
        }
        commands
    }
}
