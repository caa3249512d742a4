//! What a million idle conversations cost in memory.

use std::sync::Arc;

use chinwag::{
    Result,
    conversation::{Key, clock::Timestamp},
    message::MessageSid,
    store::{Answer, Begun, Memory, Outcome, Store, TurnId},
};

const CONVERSATIONS: u32 = 1_000_000;

/// Prints bytes of resident memory for each conversation that has had one turn and remembers
/// nothing of the author's.
pub(crate) async fn measure() -> Result<()> {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    let sender = "whatsapp:+14155238886".parse()?;
    let answer = Answer::new(
        br#"[{"body":"Welcome to Luna's! Say *menu* or *order*.","media":[]}]"#.as_slice(),
    );
    let now = Timestamp::from_millis(1_767_268_800_000);
    let before = resident()?;
    for person in 0..CONVERSATIONS {
        let key = Key::new(&sender, &format!("whatsapp:+15{person:09}").parse()?);
        let turn = TurnId::message(None, MessageSid::new(person.into()));
        let Begun::Turn(mut record, lease) = store.begin(&key, turn, now).await? else {
            return Err("a new conversation does not begin".into());
        };
        record.heard(now);
        let outcome = Outcome { record, answer: answer.clone(), parcels: Vec::new() };
        store.commit(&lease, &outcome, now).await?;
    }
    let bytes = (resident()? - before) / u64::from(CONVERSATIONS);
    println!(
        "{CONVERSATIONS} idle conversations: {bytes} bytes each, their answer of {} included",
        answer.as_bytes().len()
    );
    drop(store);
    Ok(())
}

/// Bytes of this process that are in memory (Linux).
fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("there is no VmRSS")?;
    let kibibytes: u64 = line.split_whitespace().nth(1).ok_or("VmRSS has no value")?.parse()?;
    Ok(kibibytes * 1024)
}
