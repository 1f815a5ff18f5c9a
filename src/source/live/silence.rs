//! A server that reads what it is sent and stays silent. Some never answer after a request that they do not expect, others
//! take their time. It is started a second time without that request, and whichever answers first is listed.

use std::pin::pin;

use tokio::sync::Notify;

/// Whether a server is silent.
#[derive(Debug, Default)]
pub(super) struct Silence(Notify);

impl Silence {
    /// Records that the server is silent.
    pub(super) fn begin(&self) {
        self.0.notify_one();
    }

    /// Waits until the server is silent.
    async fn begun(&self) {
        self.0.notified().await;
    }
}

/// The result of `first`. Once it is silent, `second` runs beside it, and the first success counts; if both fail, the last
/// error.
pub(super) async fn with_second_start<T, E>(
    first: impl Future<Output = Result<T, E>>,
    silence: &Silence,
    second: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    tokio::select! {
        biased;
        done = &mut first => return done,
        () = silence.begun() => {}
    }
    tokio::select! {
        biased;
        done = &mut first => match done {
            Ok(found) => Ok(found),
            Err(_) => second.await,
        },
        done = &mut second => match done {
            Ok(found) => Ok(found),
            Err(_) => first.await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    async fn after(seconds: u64, result: Result<u64, u64>) -> Result<u64, u64> {
        sleep(Duration::from_secs(seconds)).await;
        result
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_success_counts() {
        for (first, second, is_silent, wanted, seconds) in [
            ((4, Ok(1)), (4, Ok(2)), true, Ok(1), 4),
            ((9, Ok(1)), (4, Ok(2)), true, Ok(2), 4),
            ((9, Err(1)), (4, Err(2)), true, Err(1), 9),
            ((4, Err(1)), (9, Ok(2)), true, Ok(2), 9),
            ((9, Ok(1)), (4, Ok(2)), false, Ok(1), 9),
            ((4, Err(1)), (9, Ok(2)), false, Err(1), 4),
        ] {
            let silence = Silence::default();
            if is_silent {
                silence.begin();
            }
            let since = Instant::now();
            let found = with_second_start(after(first.0, first.1), &silence, after(second.0, second.1)).await;
            assert_eq!((found, since.elapsed().as_secs()), (wanted, seconds), "{first:?} {second:?} {is_silent}");
        }
    }
}
