//! What a turn costs with ten times as many conversations stored.

use std::time::Instant;

use chinwag::{
    Bot, Result,
    message::{Content, Inbound, MessageSid},
    store,
};
use futures_util::{StreamExt, stream};

use crate::serve;

const FEW: u32 = 10_000;
const TIMES: u32 = 10;
/// Turns whose time is taken, each in another conversation.
const SAMPLE: u32 = 4_000;

/// Prints microseconds of a turn for each store.
pub(crate) async fn measure(urls: &[String]) -> Result<()> {
    println!("{:<10} {:>16} {:>16} {:>6}", "store", "10,000 stored", "100,000 stored", "×");
    for url in urls {
        let bot = serve::bot(store::open(url).await?);
        fill(&bot, 0..FEW).await?;
        let few = turn(&bot, FEW, 1).await?;
        fill(&bot, FEW..FEW * TIMES).await?;
        let many = turn(&bot, FEW * TIMES, 2).await?;
        let kind = url.split(':').next().unwrap_or_default();
        println!("{kind:<10} {few:>13.1} µs {many:>13.1} µs {:>6.2}", many / few);
    }
    Ok(())
}

fn message(person: u32, number: u32) -> Result<Inbound> {
    let sid = MessageSid::new(u128::from(person) << 32 | u128::from(number));
    let from = format!("whatsapp:+15{person:09}").parse()?;
    let to = "whatsapp:+14155238886".parse()?;
    Ok(Inbound::new(sid, from, to, Content::Text("two of the usual, please".into())))
}

async fn fill(bot: &Bot, people: std::ops::Range<u32>) -> Result<()> {
    let mut turns =
        stream::iter(people)
            .map(|person| async move {
                Ok::<_, chinwag::Error>(bot.receive(message(person, 0)?).await?)
            })
            .buffer_unordered(64);
    while let Some(turn) = turns.next().await {
        drop(turn?);
    }
    Ok(())
}

/// The median of single turns, one after the other, all over the conversations.
async fn turn(bot: &Bot, stored: u32, number: u32) -> Result<f64> {
    let mut times = Vec::new();
    for at in 0..SAMPLE {
        let person = u32::try_from(u64::from(at) * 2_654_435_761 % u64::from(stored))?;
        let message = message(person, number * SAMPLE + at)?;
        let begun = Instant::now();
        drop(bot.receive(message).await?);
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
