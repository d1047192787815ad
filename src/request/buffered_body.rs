//! A response buffered until it is complete, because its ETag hashes every byte. Chunks after the first MiB are
//! LZ4-compressed until polled: answers can reach hundreds of MB and clients may read slowly. All bytes count against
//! the memory budget (`memory.rs`) until they are written to the client.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use lz4_flex::block::{compress, decompress};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::memory::{Held, Long, Memory};
use crate::ledger::Error;

/// Bytes kept uncompressed.
const PLAIN_MAX: usize = 1 << 20;

/// The bytes of one compressed chunk: LZ4's window, and small enough to decompress on an async worker.
const CHUNK: usize = 64 << 10;

/// The body of a response while it is being written.
#[derive(Default)]
pub(crate) struct BufferedBody {
    memory: Option<Memory>,
    long: Long,
    packed: VecDeque<Packed>,
    /// Of the compressed bytes.
    hash: Xxh3,
    /// The bytes written last, or all of them if the body is short.
    plain: Vec<u8>,
}

struct Packed {
    bytes: Box<[u8]>,
    len: usize,
    held: Option<Arc<Held>>,
}

impl BufferedBody {
    /// Returns an empty body whose bytes count against this budget.
    pub(crate) fn within(memory: &Memory) -> BufferedBody {
        BufferedBody { memory: Some(memory.clone()), ..BufferedBody::default() }
    }

    /// Returns a body with these bytes.
    pub(crate) fn of(plain: Vec<u8>, memory: &Memory) -> BufferedBody {
        BufferedBody { plain, ..BufferedBody::within(memory) }
    }

    /// Returns the hash for the ETag.
    pub(crate) fn tag(&self) -> u128 {
        if self.packed.is_empty() {
            return xxh3_128(&self.plain);
        }
        let mut hash = self.hash.clone();
        hash.update(&self.plain);
        hash.digest128()
    }

    #[cold]
    fn pack(&mut self) -> Result<(), Error> {
        self.hash.update(&self.plain);
        for chunk in self.plain.chunks(CHUNK) {
            let bytes: Box<[u8]> = compress(chunk).into();
            let held = match &self.memory {
                Some(memory) => Some(memory.more(&mut self.long, bytes.len())?),
                None => None,
            };
            self.packed.push_back(Packed { bytes, len: chunk.len(), held });
        }
        self.plain.clear();
        Ok(())
    }

    /// Returns the body to send. Blocks until there is memory for it, so never call it on an async worker.
    pub(crate) fn body(mut self) -> Result<Body, Error> {
        let held = match &self.memory {
            Some(memory) if self.plain.len() <= PLAIN_MAX => Some(Arc::new(memory.short(self.plain.len())?)),
            Some(memory) => Some(memory.more(&mut self.long, self.plain.len())?),
            None => None,
        };
        let left = self.packed.iter().map(|chunk| chunk.len as u64).sum::<u64>() + self.plain.len() as u64;
        let plain = Some(holding(self.plain.into(), held)).filter(|plain| !plain.is_empty());
        if self.packed.is_empty() {
            return Ok(Body::from(plain.unwrap_or_default()));
        }
        Ok(Body::new(Sent { packed: self.packed, plain, left }))
    }
}

/// Returns bytes that hold their memory permit until they are written.
pub(crate) fn holding<H: Send + 'static>(bytes: Bytes, held: Option<H>) -> Bytes {
    match held {
        Some(held) => Bytes::from_owner(Holding { bytes, _held: held }),
        None => bytes,
    }
}

struct Holding<H> {
    bytes: Bytes,
    _held: H,
}

impl<H> AsRef<[u8]> for Holding<H> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl io::Write for BufferedBody {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// Inlined: JSON is written a few bytes at a time.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.plain.extend_from_slice(bytes);
        if self.plain.len() >= PLAIN_MAX {
            // Compressing fails only if there is no memory left in the budget.
            self.pack().map_err(|error| io::Error::new(io::ErrorKind::ResourceBusy, error))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for BufferedBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BufferedBody").field("packed", &self.packed.len()).field("plain", &self.plain.len()).finish()
    }
}

/// A compressed body being sent, chunk by chunk.
struct Sent {
    packed: VecDeque<Packed>,
    plain: Option<Bytes>,
    left: u64,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match self.packed.pop_front() {
            Some(chunk) => {
                Some(holding(decompress(&chunk.bytes, chunk.len).map_err(io::Error::other)?.into(), chunk.held))
            }
            None => self.plain.take(),
        };
        self.left = self.left.saturating_sub(next.as_ref().map_or(0, |next| next.len() as u64));
        Poll::Ready(next.map(|next| Ok(Frame::data(next))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use http_body::Body as _;
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    async fn sent(whole: BufferedBody) -> Vec<u8> {
        let body = whole.body().unwrap();
        let hint = body.size_hint().exact();
        let sent = body.collect().await.unwrap().to_bytes().to_vec();
        assert_eq!(hint, Some(sent.len() as u64));
        sent
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_length_is_sent_as_written(lengths in prop::collection::vec(0..3 * PLAIN_MAX / 2, 0..6), byte in any::<u8>()) {
            let mut whole = BufferedBody::default();
            let mut written = Vec::new();
            for (n, length) in lengths.into_iter().enumerate() {
                let piece: Vec<u8> = (0..length).map(|at| byte.wrapping_add((at / 7 * n) as u8)).collect();
                whole.write_all(&piece).unwrap();
                written.extend(piece);
            }
            prop_assert_eq!(whole.tag(), xxh3_128(&written));
            let memory = Memory::of(1 << 30);
            prop_assert_eq!(BufferedBody::of(written.clone(), &memory).tag(), whole.tag());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            prop_assert!(runtime.block_on(sent(whole)) == written);
        }
    }

    #[tokio::test]
    async fn an_answer_holds_its_memory_until_it_is_sent() {
        // 2 of 10 MiB are for long answers. Random bytes do not compress.
        let memory = Memory::of(10 << 20);
        let write = |memory: &Memory| {
            let mut whole = BufferedBody::within(memory);
            let mut random = xxh3_128(b"seed");
            for _ in 0..(1 << 20) / 16 * 3 / 2 {
                random = xxh3_128(&random.to_le_bytes());
                whole.write_all(&random.to_le_bytes())?;
            }
            Ok::<_, io::Error>(whole)
        };
        let of = memory.clone();
        let both = tokio::task::spawn_blocking(move || (write(&of).unwrap(), write(&of).unwrap())).await.unwrap();
        // The second answer exceeds the share, which one may; a third finds no memory however often it retries.
        assert!(!both.0.long.goes_beyond() && both.1.long.goes_beyond());
        drop(both.0);
        let of = memory.clone();
        let body = tokio::task::spawn_blocking(move || write(&of).unwrap().body().unwrap()).await.unwrap();
        drop((both.1, body));
    }

    #[test]
    fn repetitive_bodies_take_little_memory() {
        let mut whole = BufferedBody::default();
        for n in 0..200_000 {
            write!(whole, "{{\"type\":\"okr.check_in.recorded\",\"subject\":\"kr-trial-paid\",\"seq\":{n}}},").unwrap();
        }
        let stored = whole.packed.iter().map(|chunk| chunk.bytes.len()).sum::<usize>() + whole.plain.len();
        let len = whole.packed.iter().map(|chunk| chunk.len).sum::<usize>() + whole.plain.len();
        assert!(stored * 3 < len, "{stored} of {len}");
    }
}
