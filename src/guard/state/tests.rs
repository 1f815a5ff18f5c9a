use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::policy::limit::tests::limit;

/// A Redis server that ends with the test.
struct Redis {
    process: Child,
    port: u16,
}

impl Redis {
    /// `None` if Redis is not installed. `.ci/run` installs it and requires it.
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn start(folder: &Path, port: Option<u16>) -> Option<Self> {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let port = port.unwrap_or_else(free);
        let arguments = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"];
        let started = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--dir"])
            .arg(folder)
            .args(arguments)
            .stdout(Stdio::null())
            .spawn();
        let Ok(process) = started else {
            assert!(std::env::var_os("MCP_SCAN_TEST_NEEDS_REDIS").is_none(), "redis-server does not start");
            eprintln!("SKIPPED: redis-server is not installed");
            return None;
        };
        let redis = Self { process, port };
        let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!((0..200).any(|_| listens() || {
            std::thread::sleep(Duration::from_millis(25));
            false
        }));
        Some(redis)
    }

    fn location(&self) -> StateLocation {
        StateLocation::parse(&format!("redis://127.0.0.1:{}/", self.port)).unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn is_counted(store: &CounterStore, limits: &[Limit], now: u64) -> bool {
    matches!(store.reserve("shop", limits, now).await.unwrap(), Reserved::Counted(_))
}

/// What holds for every store, whatever its clock.
async fn counts_as_it_should(store: &CounterStore) {
    let (few, many) = (limit("pay", 86_400, 2, 1), limit("*", 3_600, 3, 1));
    let both = [many.clone(), few.clone()];
    let Reserved::Counted(first) = store.reserve("shop", &both, 0).await.unwrap() else { panic!() };
    assert!(is_counted(store, &both, 0).await);
    assert_eq!(store.reserve("shop", &both, 0).await.unwrap(), Reserved::Exceeded(1));
    assert!(is_counted(store, std::slice::from_ref(&many), 0).await, "a refused call counts against no limit");
    assert_eq!(store.reserve("shop", &both, 0).await.unwrap(), Reserved::Exceeded(0));
    assert!(matches!(store.reserve("other", &both, 0).await.unwrap(), Reserved::Counted(_)));
    store.release(first).await.unwrap();
    assert!(is_counted(store, &both, 0).await, "what was not called is free again");
    assert_eq!(store.reserve("shop", &[few], 0).await.unwrap(), Reserved::Exceeded(0));
    let huge = limit("pay", 86_400, u64::MAX, u64::MAX);
    assert_eq!(store.reserve("shop", &[huge], 0).await.unwrap(), Reserved::Exceeded(0));
    let same = [limit("twice", 60, 5, 2), limit("twice", 60, 3, 2)];
    assert!(is_counted(store, &same, 0).await, "two limits on one counter count a call once");
    assert!(is_counted(store, &[], 0).await);
}

/// Many tasks at once, of which the limit lets some through.
async fn never_counts_too_much(stores: [CounterStore; 2]) {
    let stores = stores.map(Arc::new);
    let tasks = (0..200).map(|at| {
        let store = Arc::clone(&stores[at % 2]);
        tokio::spawn(async move {
            let limits = [limit("t", 86_400, 61, 2), limit("*", 86_400, 1_000, 1)];
            is_counted(&store, &limits, 0).await
        })
    });
    let counted = futures::future::join_all(tasks).await.into_iter().filter(|counted| *counted.as_ref().unwrap());
    assert_eq!(counted.count(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    counts_as_it_should(&CounterStore::open(&StateLocation::Memory).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file() {
    let folder = tempfile::tempdir().unwrap();
    let location = StateLocation::in_path(folder.path().join("new"));
    let open = || CounterStore::open(&location);
    counts_as_it_should(&open().await.unwrap()).await;
    let (one, two) = (open().await.unwrap(), open().await.unwrap());
    never_counts_too_much([one, two]).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("new")), 0o700);
        assert_eq!(mode(&folder.path().join("new/counts.db")), 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_goes_backward_reopens_no_window_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = CounterStore::open(&StateLocation::in_path(folder.path().into())).await.unwrap();
    let limits = [limit("t", 60, 1, 1)];
    assert!(is_counted(&store, &limits, 120).await);
    assert!(!is_counted(&store, &limits, 0).await);
    assert!(!is_counted(&store, &limits, 179).await);
    assert!(is_counted(&store, &limits, 180).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_forward_opens_each_window_once() {
    let folder = tempfile::tempdir().unwrap();
    for location in [StateLocation::Memory, StateLocation::in_path(folder.path().into())] {
        let store = CounterStore::open(&location).await.unwrap();
        let limits = [limit("t", 60, 2, 1)];
        assert!(is_counted(&store, &limits, 120).await && is_counted(&store, &limits, 179).await);
        assert!(!is_counted(&store, &limits, 120).await);
        let far = 120 + 60 * 1_000_000;
        assert!(is_counted(&store, &limits, far).await && is_counted(&store, &limits, far + 1).await);
        assert!(!is_counted(&store, &limits, far).await);
        // Back again: what was counted in the later window still counts, so that no jump lets through more than one window.
        assert!(!is_counted(&store, &limits, 121).await && !is_counted(&store, &limits, 180).await);
        assert!(is_counted(&store, &limits, far + 60).await);
        // The last second that there is.
        assert!(is_counted(&store, &limits, u64::MAX).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_holds_no_counts_is_an_error_and_a_deleted_one_loses_no_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let location = StateLocation::File(path.clone());
    let open = || CounterStore::open(&location);
    std::fs::write(&path, "not a database, though it is long enough to look at").unwrap();
    assert!(matches!(open().await, Err(StateError::Damaged { .. })));
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    assert!(matches!(open().await, Err(StateError::Foreign { .. })));
    std::fs::remove_file(&path).unwrap();
    let (one, two) = (open().await.unwrap(), open().await.unwrap());
    let limits = [limit("t", 86_400, 1, 1)];
    assert!(is_counted(&one, &limits, 0).await && !is_counted(&two, &limits, 0).await);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    assert!(!is_counted(&two, &limits, 0).await, "what was counted still counts in the new file");
    let other = [limit("u", 86_400, 1, 1)];
    assert!(is_counted(&two, &other, 0).await && !is_counted(&one, &other, 0).await, "both count in the new file");
    #[cfg(unix)]
    {
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(CounterStore::open(&StateLocation::File(link)).await.is_err(), "a link is not followed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_server() {
    let folder = tempfile::tempdir().unwrap();
    let Some(redis) = Redis::start(folder.path(), None) else { return };
    let location = redis.location();
    let open = || CounterStore::open(&location);
    let redis_store = open().await.unwrap();
    counts_as_it_should(&redis_store).await;
    let (one, two) = (open().await.unwrap(), open().await.unwrap());
    never_counts_too_much([one, two]).await;
    let second = [limit("second", 1, 1, 1)];
    assert!(is_counted(&redis_store, &second, 0).await);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(is_counted(&redis_store, &second, 0).await, "the server's clock has gone on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_server_that_is_down_is_an_error_until_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let Some(redis) = Redis::start(folder.path(), None) else { return };
    let (location, port) = (redis.location(), redis.port);
    let store = CounterStore::open(&location).await.unwrap();
    let limits = [limit("t", 86_400, 2, 1)];
    assert!(is_counted(&store, &limits, 0).await);
    drop(redis);
    let error = store.reserve("shop", &limits, 0).await.unwrap_err().to_string();
    assert!(error.contains(&format!("127.0.0.1:{port}")), "{error}");
    let _again = Redis::start(folder.path(), Some(port)).unwrap();
    assert!(is_counted(&store, &limits, 0).await, "it connects again, and the server kept the first count");
    assert!(!is_counted(&store, &limits, 0).await);
    let down = StateLocation::parse("redis://user:word@127.0.0.1:1/").unwrap();
    let error = CounterStore::open(&down).await.unwrap().reserve("shop", &limits, 0).await.unwrap_err();
    assert!(!error.to_string().contains("word") && !format!("{error:?}").contains("word"), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The file counts as memory does, whatever comes in which order, and no window takes more than its maximum.
    #[test]
    fn a_file_and_memory_agree(
        steps in prop::collection::vec((0_u64..400, 0_usize..3, 0_u64..4, any::<bool>()), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let file = CounterStore::open(&StateLocation::in_path(folder.path().into())).await.unwrap();
            let memory = CounterStore::open(&StateLocation::Memory).await.unwrap();
            for (now, tool, amount, releases) in steps {
                let scope = ["a", "b", "c"][tool];
                let limits = [limit(scope, 60, 5, amount), limit("*", 300, 11, amount)];
                let one = file.reserve("s", &limits, now).await.unwrap();
                let other = memory.reserve("s", &limits, now).await.unwrap();
                assert_eq!(one, other);
                if let (Reserved::Counted(one), Reserved::Counted(other), true) = (one, other, releases) {
                    file.release(one).await.unwrap();
                    memory.release(other).await.unwrap();
                }
            }
        });
    }
}
