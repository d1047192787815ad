//! The whole of an answer, before it is sent: its tag is told from its last byte as well as from its first. What is longer than
//! a chunk is kept packed until its turn comes to be sent, because an answer may be some hundred megabytes of JSON, and
//! whoever asked for it may be slow to read.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::{Frame, SizeHint};
use lz4_flex::block::{compress, decompress};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// As many bytes are packed together, at least.
const CHUNK: usize = 1 << 20;

/// An answer's bytes, as they are written.
#[derive(Default)]
pub(crate) struct Whole {
    packed: VecDeque<Packed>,
    /// Of what is packed.
    hash: Xxh3,
    /// The last ones, or all there are.
    plain: Vec<u8>,
}

struct Packed {
    bytes: Box<[u8]>,
    len: usize,
}

impl Whole {
    /// What tells it from any other.
    pub(crate) fn tag(&self) -> u128 {
        if self.packed.is_empty() {
            return xxh3_128(&self.plain);
        }
        let mut hash = self.hash.clone();
        hash.update(&self.plain);
        hash.digest128()
    }

    #[cold]
    fn pack(&mut self) {
        self.hash.update(&self.plain);
        self.packed.push_back(Packed { bytes: compress(&self.plain).into(), len: self.plain.len() });
        self.plain.clear();
    }

    /// It, to be sent.
    pub(crate) fn body(self) -> Body {
        if self.packed.is_empty() {
            return Body::from(self.plain);
        }
        let left = self.packed.iter().map(|chunk| chunk.len as u64).sum::<u64>() + self.plain.len() as u64;
        Body::new(Sent { packed: self.packed, plain: self.plain, left })
    }
}

impl From<Vec<u8>> for Whole {
    /// What is in one piece already is left in it.
    fn from(plain: Vec<u8>) -> Whole {
        Whole { plain, ..Whole::default() }
    }
}

impl io::Write for Whole {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    /// JSON is written a few bytes at a time.
    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.plain.extend_from_slice(bytes);
        if self.plain.len() >= CHUNK {
            self.pack();
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whole").field("packed", &self.packed.len()).field("plain", &self.plain.len()).finish()
    }
}

/// What is being sent, chunk by chunk.
struct Sent {
    packed: VecDeque<Packed>,
    plain: Vec<u8>,
    left: u64,
}

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match self.packed.pop_front() {
            Some(chunk) => decompress(&chunk.bytes, chunk.len).map_err(io::Error::other)?,
            None => mem::take(&mut self.plain),
        };
        self.left = self.left.saturating_sub(next.len() as u64);
        Poll::Ready((!next.is_empty()).then(|| Ok(Frame::data(Bytes::from(next)))))
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

    async fn sent(whole: Whole) -> Vec<u8> {
        let body = whole.body();
        let told = body.size_hint().exact();
        let sent = body.collect().await.unwrap().to_bytes().to_vec();
        assert_eq!(told, Some(sent.len() as u64));
        sent
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_written_is_sent_whatever_its_length(lengths in prop::collection::vec(0..3 * CHUNK / 2, 0..6), byte in any::<u8>()) {
            let mut whole = Whole::default();
            let mut written = Vec::new();
            for (n, length) in lengths.into_iter().enumerate() {
                let piece: Vec<u8> = (0..length).map(|at| byte.wrapping_add((at / 7 * n) as u8)).collect();
                whole.write_all(&piece).unwrap();
                written.extend(piece);
            }
            prop_assert_eq!(whole.tag(), xxh3_128(&written));
            prop_assert_eq!(Whole::from(written.clone()).tag(), whole.tag());
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            prop_assert!(runtime.block_on(sent(whole)) == written);
        }
    }

    #[test]
    fn what_repeats_itself_takes_little_room() {
        let mut whole = Whole::default();
        for n in 0..200_000 {
            write!(whole, "{{\"type\":\"okr.check_in.recorded\",\"subject\":\"kr-trial-paid\",\"seq\":{n}}},").unwrap();
        }
        let room = whole.packed.iter().map(|chunk| chunk.bytes.len()).sum::<usize>() + whole.plain.len();
        let len = whole.packed.iter().map(|chunk| chunk.len).sum::<usize>() + whole.plain.len();
        assert!(room * 3 < len, "{room} of {len}");
    }
}
