//! Sweeping: in slices, so that turns never wait long for it.

use super::{
    super::{ANSWERS_KEPT, StoreError},
    link::Link,
    millis,
};
use crate::conversation::clock::Timestamp;

/// Conversations or answers that one transaction looks at, at most.
const SLICE: i64 = 1_000;

/// Removes what was kept long enough; says how many conversations.
pub(super) async fn sweep(
    link: &Link,
    now: Timestamp,
    fresh_since: i64,
) -> Result<u64, StoreError> {
    let now = now.as_millis();
    let mut swept = 0;
    let (mut day, mut key) = (i64::MIN, String::new());
    loop {
        let row =
            link.row("sweep_conversations", &[&now, &fresh_since, &day, &key, &SLICE]).await?;
        swept += link.read::<i64>(&row, 0)?.unsigned_abs();
        let next = (link.read::<Option<i64>>(&row, 1)?, link.read::<Option<String>>(&row, 2)?);
        match next {
            (Some(last_day), Some(last_key)) => (day, key) = (last_day, last_key),
            _ => break,
        }
    }
    let kept_since = now.saturating_sub(millis(ANSWERS_KEPT));
    loop {
        let row = link.row("sweep_answers", &[&now, &kept_since, &SLICE]).await?;
        if !link.read::<bool>(&row, 0)? {
            break;
        }
    }
    loop {
        let row = link.row("sweep_deliveries", &[&now, &SLICE]).await?;
        if !link.read::<bool>(&row, 0)? {
            return Ok(swept);
        }
    }
}
