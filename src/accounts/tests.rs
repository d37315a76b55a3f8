use super::*;
use crate::store::StoreError;
use crate::store::testing::store;

fn accounts() -> (tempfile::TempDir, Store, Accounts) {
    let (dir, store) = store();
    (dir, store.clone(), Accounts::new(store))
}

/// Puts a session's last use and end elsewhere in time, behind the cache's back.
async fn age(store: &Store, hash: SessionHash, seen_at: i64, expires_at: i64) {
    store.write(move |tx| sessions::touch(tx, &hash.0, seen_at, expires_at)).await.unwrap();
}

async fn stored(store: &Store, hash: SessionHash) -> Option<sessions::Found> {
    store.read(move |tx| sessions::find(tx, &hash.0, 0)).await.unwrap()
}

#[tokio::test]
async fn a_guest_comes_with_a_name_and_a_session() {
    let (_dir, _store, accounts) = accounts();
    let (drawn, _) = accounts.guest(None).await.unwrap();
    assert_eq!(drawn.name.split(' ').count(), 2);
    let (user, token) = accounts.guest(Some(" Ada ".into())).await.unwrap();
    assert_eq!((user.name.as_str(), user.account), ("Ada", false));
    let session = accounts.authenticate(token.expose()).await.unwrap().unwrap();
    assert_eq!((session.user, session.hash), (user.clone(), token.hash()));
    assert_eq!(accounts.find(&user.id).await.unwrap(), Some(user));
    assert_eq!(accounts.authenticate(Token::new().expose()).await.unwrap(), None);
    assert_eq!(accounts.authenticate("x").await.unwrap(), None);
    assert_eq!(accounts.guest(Some("\n".into())).await.unwrap_err().code(), "bad_name");
}

#[tokio::test]
async fn a_token_is_nowhere_in_the_database() {
    let (dir, store, accounts) = accounts();
    let (_, token) = accounts.guest(None).await.unwrap();
    let session = accounts.authenticate(token.expose()).await.unwrap().unwrap();
    let transfer = accounts.transfer(&session).await.unwrap();
    store.close().await;
    let bytes = std::fs::read(dir.path().join("snug.db")).unwrap();
    for secret in [token.expose(), transfer.code.expose()] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    assert!(bytes.windows(32).any(|window| window == token.hash().0), "its hash is");
}

#[tokio::test]
async fn requests_cost_no_query_until_something_changes() {
    let (_dir, store, accounts) = accounts();
    let (user, token) = accounts.guest(Some("Ada".into())).await.unwrap();
    accounts.authenticate(token.expose()).await.unwrap().unwrap();
    // Gone from the database without the cache's knowledge: still answered, so nothing was asked.
    let hash = token.hash();
    store.write(move |tx| sessions::delete(tx, &hash.0)).await.unwrap();
    assert!(accounts.authenticate(token.expose()).await.unwrap().is_some());

    let (other, second) = accounts.guest(Some("Bob".into())).await.unwrap();
    accounts.authenticate(second.expose()).await.unwrap().unwrap();
    let renamed = accounts.rename(&other.id, "Robert").await.unwrap();
    assert_eq!(renamed.name, "Robert");
    assert_eq!(accounts.authenticate(second.expose()).await.unwrap().unwrap().user, renamed);
    assert_eq!(accounts.rename("usr_nobody", "X").await, Err(AccountError::NoSuchUser));
    assert_eq!(accounts.rename(&user.id, "").await, Err(AccountError::BadName(BadName::Empty)));

    assert_eq!(accounts.logout(second.hash()).await, Ok(true));
    assert_eq!(accounts.authenticate(second.expose()).await.unwrap(), None);
    assert_eq!(accounts.logout(second.hash()).await, Ok(false));
}

#[tokio::test]
async fn a_session_slides_at_most_hourly_and_ends() {
    let (_dir, store, accounts) = accounts();
    let (_, token) = accounts.guest(None).await.unwrap();
    let hash = token.hash();
    let now = now_ms();
    age(&store, hash, now - TOUCH_MS / 2, now + 5_000).await;
    accounts.authenticate(token.expose()).await.unwrap().unwrap();
    assert_eq!(
        stored(&store, hash).await.unwrap().expires_at,
        now + 5_000,
        "seen half an hour ago: left alone"
    );

    accounts.cache.forget(hash);
    age(&store, hash, now - TOUCH_MS, now + 5_000).await;
    for _ in 0..3 {
        accounts.authenticate(token.expose()).await.unwrap().unwrap();
    }
    let slid = stored(&store, hash).await.unwrap();
    assert!(slid.expires_at >= now + SESSION_MS && slid.seen_at >= now);

    accounts.cache.forget(hash);
    age(&store, hash, now - 10, now - 1).await;
    assert_eq!(accounts.authenticate(token.expose()).await.unwrap(), None);
    assert_eq!(accounts.purge().await, Ok(1));
    assert_eq!(stored(&store, hash).await, None);
}

#[tokio::test]
async fn a_code_moves_the_session_once() {
    let (_dir, _store, accounts) = accounts();
    let (user, token) = accounts.guest(None).await.unwrap();
    let session = accounts.authenticate(token.expose()).await.unwrap().unwrap();
    let void = accounts.transfer(&session).await.unwrap();
    let transfer = accounts.transfer(&session).await.unwrap();
    let left = transfer.expires_at - now_ms();
    assert!((TRANSFER_MS - 60_000..=TRANSFER_MS).contains(&left), "{left}");
    assert_eq!(accounts.claim(void.code.expose()).await.unwrap_err(), AccountError::TransferInvalid);

    let claimed = accounts.claim(&transfer.code.expose().to_lowercase()).await.unwrap();
    assert_eq!((&claimed.user, claimed.ended), (&user, token.hash()));
    assert_eq!(accounts.authenticate(token.expose()).await.unwrap(), None, "the old device is out");
    assert_eq!(accounts.authenticate(claimed.token.expose()).await.unwrap().unwrap().user, user);
    assert_eq!(accounts.claim(transfer.code.expose()).await.unwrap_err(), AccountError::TransferInvalid);
    assert_eq!(accounts.transfer(&session).await.unwrap_err(), AccountError::SessionEnded);
}

#[tokio::test]
async fn a_code_dies_with_its_time_and_its_session() {
    let (_dir, store, accounts) = accounts();
    let (_, token) = accounts.guest(None).await.unwrap();
    let session = accounts.authenticate(token.expose()).await.unwrap().unwrap();
    let old = TransferCode::new();
    let (code, hash, id) = (old.hash(), token.hash(), session.user.id.clone());
    let past = now_ms() - 1;
    store.write(move |tx| sessions::offer(tx, &code, &hash.0, &id, past)).await.unwrap();
    assert_eq!(accounts.claim(old.expose()).await.unwrap_err(), AccountError::TransferInvalid);
    assert!(
        accounts.authenticate(token.expose()).await.unwrap().is_some(),
        "nothing happened to the session"
    );
    assert_eq!(accounts.purge().await, Ok(1));

    let transfer = accounts.transfer(&session).await.unwrap();
    accounts.logout(token.hash()).await.unwrap();
    assert_eq!(accounts.claim(transfer.code.expose()).await.unwrap_err(), AccountError::TransferInvalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_claims_exactly_one_wins() {
    let (_dir, _store, accounts) = accounts();
    let (user, token) = accounts.guest(None).await.unwrap();
    let session = accounts.authenticate(token.expose()).await.unwrap().unwrap();
    let transfer = accounts.transfer(&session).await.unwrap();
    let claims: Vec<_> = (0..50)
        .map(|_| {
            let (accounts, code) = (accounts.clone(), transfer.code.expose().to_owned());
            tokio::spawn(async move { accounts.claim(&code).await })
        })
        .collect();
    let mut won = Vec::new();
    for claim in claims {
        match claim.await.unwrap() {
            Ok(claimed) => won.push(claimed),
            Err(error) => assert_eq!(error, AccountError::TransferInvalid),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(accounts.authenticate(won[0].token.expose()).await.unwrap().unwrap().user, user);
}

#[tokio::test]
async fn a_stopped_store_is_told_as_such() {
    let (_dir, store, accounts) = accounts();
    store.close().await;
    let error = accounts.guest(None).await.unwrap_err();
    assert_eq!((error.code(), error), ("unavailable", AccountError::Store(StoreError::Closed)));
}
