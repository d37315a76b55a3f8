//! Draws decks for rooms: from the pack, or those of a daily or challenge.

use crate::games::any::{AnyDeck, AnySettings};
use crate::games::atlas::{self, Settings};
use crate::games::{Game, Rejection};
use crate::packs::Pack;
use crate::room::entry::{Special, decode, encode};
use crate::room::ports::{Dealer, Dealt};
use crate::store::{Store, StoreError, daily, ids, matches, meta};
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write as _;
use std::sync::Arc;

/// Draws from the embedded pack and the store.
#[derive(Clone)]
pub(super) struct PackDealer {
    pack: Arc<Pack>,
    store: Store,
}

impl PackDealer {
    pub(super) fn new(pack: Arc<Pack>, store: Store) -> Self {
        Self { pack, store }
    }

    async fn plan(&self, settings: Settings, seed: u64) -> Result<atlas::Deck, Rejection> {
        let pack = self.pack.clone();
        let planned =
            tokio::task::spawn_blocking(move || atlas::deck::plan(&settings, seed, pack.atlas())).await;
        planned.unwrap_or_else(|why| Err(failed(&why)))
    }

    /// The deck of a date: the first that was drawn counts, so that it stays the same when packs change.
    async fn daily(&self, settings: Settings, date: String) -> Result<(u64, atlas::Deck), Rejection> {
        let on = date.clone();
        let kept = self.store.read(move |tx| daily::deck(tx, &on)).await.map_err(|why| unsaved(&why))?;
        let kept = if let Some(kept) = kept {
            kept
        } else {
            let secret =
                self.store.write(|tx| meta::secret(tx, "daily")).await.map_err(|why| unsaved(&why))?;
            let seed = daily_seed(&secret, &date);
            let deck = self.plan(settings, seed).await?;
            let made = daily::DailyDeck { seed: seed.to_string(), deck: encode(&deck).to_vec() };
            let kept = self.store.write(move |tx| daily::keep_deck(tx, &date, &made)).await;
            kept.map_err(|why| unsaved(&why))?
        };
        let deck = decode(&kept.deck).map_err(|why| failed(&why))?;
        Ok((kept.seed.parse().map_err(|why| failed(&why))?, deck))
    }

    async fn challenge(&self, id: String) -> Result<(u64, atlas::Deck), Rejection> {
        let stored =
            self.store.read(move |tx| matches::replay(tx, &id)).await.map_err(|why| unsaved(&why))?;
        let stored = stored.ok_or_else(|| {
            Rejection::new("no_such_match", "The match of this challenge is no longer here.")
        })?;
        let AnyDeck::Atlas(deck) = decode(&stored.deck).map_err(|why| failed(&why))?;
        Ok((stored.seed.parse().map_err(|why| failed(&why))?, deck))
    }
}

impl Dealer for PackDealer {
    fn deal(
        &self,
        settings: AnySettings,
        special: Option<Special>,
    ) -> BoxFuture<'static, Result<Dealt, Rejection>> {
        let dealer = self.clone();
        Box::pin(async move {
            let AnySettings::Atlas(settings) = settings;
            let (seed, deck) = match special {
                None => {
                    let seed = u64::from_le_bytes(ids::random::<8>());
                    (seed, dealer.plan(settings, seed).await?)
                }
                Some(Special::Daily(date)) => with_own_pictures(dealer.daily(settings, date).await?),
                Some(Special::Challenge(id)) => with_own_pictures(dealer.challenge(id).await?),
            };
            Ok(Dealt { seed, deck: AnyDeck::Atlas(deck), rules: atlas::Match::RULES })
        })
    }
}

/// A deck that was played elsewhere gets picture addresses of its own: those of another match are known to its players.
fn with_own_pictures((seed, mut deck): (u64, atlas::Deck)) -> (u64, atlas::Deck) {
    for picture in deck.rounds.iter_mut().filter_map(|round| round.picture.as_mut()) {
        picture.token = ids::random::<16>().iter().fold(String::with_capacity(32), |mut hex, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
    }
    (seed, deck)
}

/// Nobody without the server's secret can tell the rounds of a day before it comes.
fn daily_seed(secret: &[u8; 32], date: &str) -> u64 {
    // HMAC takes keys of any length.
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("any key length is fine"));
    mac.update(date.as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

fn unsaved(why: &StoreError) -> Rejection {
    tracing::error!(%why, "a match could not be dealt");
    Rejection::new("not_saved", "The server has trouble with its disk. Try again in a moment.")
}

fn failed(why: &dyn std::fmt::Display) -> Rejection {
    tracing::error!(%why, "a match could not be dealt");
    Rejection::new("internal", "The match could not be dealt. Try other settings.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_and_server_has_its_own_seed() {
        let seed = daily_seed(&[1; 32], "2026-11-21");
        assert_eq!(seed, daily_seed(&[1; 32], "2026-11-21"));
        assert_ne!(seed, daily_seed(&[1; 32], "2026-11-22"));
        assert_ne!(seed, daily_seed(&[2; 32], "2026-11-21"));
    }
}
