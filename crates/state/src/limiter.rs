//! Token buckets: a name, a rate and one word that the engine keeps the bucket's state in.

use std::sync::atomic::AtomicU64;

use crate::Rate;

/// The state of one bucket; a new one is full. What the bits mean is the engine's affair.
#[derive(Debug, Default)]
pub struct Word(pub AtomicU64);

/// Which bucket it is, for engines that share buckets with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketName<'b> {
    /// All requests of an account in a region.
    Account {
        /// The account.
        account: &'b str,
        /// The region.
        region: &'b str,
    },
    /// A stage's setting for one method or several.
    Stage {
        /// The API.
        api: &'b str,
        /// The stage.
        stage: &'b str,
        /// `{resource path}/{VERB}`
        method: &'b str,
    },
    /// A key of a usage plan.
    Key {
        /// The plan.
        plan: &'b str,
        /// The key's id.
        key: &'b str,
    },
    /// A key of a usage plan at one method of one stage.
    KeyMethod {
        /// The plan.
        plan: &'b str,
        /// The key's id.
        key: &'b str,
        /// `{api id}:{stage}/{resource path}/{VERB}`
        method: &'b str,
    },
}

/// A bucket at work.
#[derive(Debug, Clone, Copy)]
pub struct Bucket<'b> {
    /// Which one.
    pub name: BucketName<'b>,
    /// Its state.
    pub word: &'b Word,
    /// Its rate and size.
    pub rate: &'b Rate,
}

/// How a bucket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whole tokens in it.
    pub tokens: u64,
    /// Until there is a token, in nanoseconds; 0 if there is one, `u64::MAX` if there never will be.
    pub next_ns: u64,
    /// Until it is full, in nanoseconds.
    pub full_ns: u64,
}

/// A token that was taken, and may be put back as long as nobody else has touched the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The word before.
    pub before: u64,
    /// The word after.
    pub after: u64,
}

/// A bucket had no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// The place of the bucket among those that were asked.
    pub index: usize,
    /// How it stands.
    pub standing: Standing,
}

/// Token buckets. Shared by all cores; nothing waits.
pub trait Limiter: Send + Sync + 'static {
    /// The time that buckets are asked with, in nanoseconds; never goes back.
    fn now_ns(&self) -> u64;

    /// How a bucket stands, without a change of it.
    fn standing(&self, bucket: &Bucket<'_>, now_ns: u64) -> Standing;

    /// Takes a token.
    ///
    /// # Errors
    /// The bucket has none.
    fn take(&self, bucket: &Bucket<'_>, now_ns: u64) -> Result<Taken, Standing>;

    /// Puts a token back as though it had never been taken, if nobody has touched the bucket since. Otherwise the token is
    /// lost: what was taken from a bucket that has refilled meanwhile cannot be told from what was not.
    fn put_back(&self, bucket: &Bucket<'_>, taken: Taken);

    /// Takes a token from every bucket, or from none: a request that one bucket refuses costs the others nothing.
    ///
    /// All are looked at before the first is taken from. Only where somebody else takes the last token in between, a token
    /// of another bucket can be lost, never won.
    ///
    /// # Errors
    /// The first bucket that has no token.
    fn admit(&self, buckets: &[Bucket<'_>], now_ns: u64) -> Result<(), Over> {
        if buckets.len() > 1 {
            for (index, bucket) in buckets.iter().enumerate() {
                let standing = self.standing(bucket, now_ns);
                if standing.tokens == 0 {
                    return Err(Over { index, standing });
                }
            }
        }
        // A request passes a handful of buckets at most; those beyond could only lose a token, too.
        let mut taken: [Option<Taken>; 8] = [None; 8];
        for (index, bucket) in buckets.iter().enumerate() {
            match self.take(bucket, now_ns) {
                Ok(token) => {
                    if let Some(slot) = taken.get_mut(index) {
                        *slot = Some(token);
                    }
                }
                Err(standing) => {
                    for (bucket, token) in buckets[..index].iter().zip(&taken) {
                        if let Some(token) = token {
                            self.put_back(bucket, *token);
                        }
                    }
                    return Err(Over { index, standing });
                }
            }
        }
        Ok(())
    }
}
