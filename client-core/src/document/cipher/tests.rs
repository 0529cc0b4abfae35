//! Every way to tamper with a blob or with what a message says of it.

use colloque_schemas::blob::document_bucket;
use colloque_schemas::id::BlobId;
use colloque_schemas::limits::DOCUMENT_BUCKET_MIN_BYTES;

use super::*;

/// Of three chunks, with padding in the last.
const LENGTH: usize = 700_000;

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap() | 1).collect()
}

/// A document encrypted as one that comes in pieces of so many bytes.
fn seal(
    content: &[u8],
    piece: usize,
    sink: &mut dyn Write,
    key: &DocumentKey,
    nonce: &DocumentNonce,
) -> Result<(u64, KeyHash), Error> {
    let mut sealing = Sealing::new(key, nonce);
    for piece in content.chunks(piece) {
        sealing.take(piece, sink)?;
    }
    sealing.finish(sink)
}

fn sealed_under(content: &[u8], key: u8) -> (DocumentPart, Vec<Vec<u8>>) {
    let (key, nonce) = (DocumentKey::new([key; 32]), [key; 19]);
    let mut blob = Vec::new();
    let (bytes, hash) = seal(content, CHUNK_PLAIN_BYTES, &mut blob, &key, &nonce).unwrap();
    let part = DocumentPart {
        media_type: "application/pdf".to_owned(),
        blob: BlobId::new([1; 16]),
        bytes,
        key,
        nonce,
        hash,
        name: "x".to_owned(),
    };
    assert_eq!(blob.len() as u64, part.blob_size().unwrap().bytes());
    (part, blob.chunks(CHUNK_BYTES).map(<[u8]>::to_vec).collect())
}

fn sealed() -> (DocumentPart, Vec<Vec<u8>>) {
    sealed_under(&content(LENGTH), 7)
}

fn open(part: &DocumentPart, chunks: &[Vec<u8>]) -> Result<(), DocumentFault> {
    let mut opening = Opening::new(part)?;
    for chunk in chunks {
        opening.take(chunk)?;
    }
    opening.finish()
}

#[test]
fn documents_of_every_kind_of_length_open_again_and_say_their_bucket_only() {
    let minimum = usize::try_from(DOCUMENT_BUCKET_MIN_BYTES).unwrap();
    for length in [
        0,
        1,
        minimum - 1,
        minimum,
        minimum + 1,
        CHUNK_PLAIN_BYTES - 1,
        CHUNK_PLAIN_BYTES,
        CHUNK_PLAIN_BYTES + 1,
        2 * CHUNK_PLAIN_BYTES,
        LENGTH,
    ] {
        let (part, chunks) = sealed_under(&content(length), 7);
        assert_eq!(part.bytes, length as u64);
        assert_eq!(open(&part, &chunks), Ok(()), "{length}");
        let stored = chunks.iter().map(|chunk| chunk.len() as u64 - 16).sum::<u64>();
        assert_eq!(stored, document_bucket(part.bytes));
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_chunk_is_altered() {
    let (part, chunks) = sealed();
    for (chunk, at) in [(0, 0), (0, CHUNK_BYTES - 1), (1, 1000), (2, 0), (2, chunks[2].len() - 1)] {
        let mut flipped = chunks.clone();
        flipped[chunk][at] ^= 1;
        assert_eq!(open(&part, &flipped), Err(DocumentFault::Altered), "{chunk} {at}");
    }
}

#[test]
fn a_document_that_was_cut_or_grew_has_another_length() {
    let (part, chunks) = sealed();
    assert_eq!(open(&part, &chunks[..2]), Err(DocumentFault::Length), "without its last chunk");
    assert_eq!(open(&part, &[]), Err(DocumentFault::Length));
    let mut cut = chunks.clone();
    cut[2].pop();
    let mut grown = chunks.clone();
    grown[2].push(0);
    let longer = [chunks.clone(), vec![chunks[2].clone()]].concat();
    for bad in [cut, grown, longer] {
        assert_eq!(open(&part, &bad), Err(DocumentFault::Length));
    }
}

#[test]
fn chunks_in_another_order_or_of_another_document_are_altered() {
    let (part, chunks) = sealed();
    let [first, second, last] = [0, 1, 2].map(|chunk| chunks[chunk].clone());
    let (_, others) = sealed_under(&content(LENGTH), 8);
    for bad in [
        vec![second.clone(), first.clone(), last.clone()],
        vec![first.clone(), first.clone(), last.clone()],
        vec![first.clone(), others[1].clone(), last.clone()],
        others,
    ] {
        assert_eq!(open(&part, &bad), Err(DocumentFault::Altered));
    }
}

#[test]
fn a_last_chunk_opens_as_no_middle_one_and_a_middle_one_as_no_last() {
    let (part, chunks) = sealed();
    let cipher = Cipher::new(&part.key, &part.nonce);
    for (index, is_last) in [(0, false), (1, false), (2, true)] {
        let chunk = &chunks[index as usize];
        assert_eq!(cipher.open(index, is_last, &mut chunk.clone()), Ok(()));
        assert_eq!(cipher.open(index, !is_last, &mut chunk.clone()), Err(DocumentFault::Altered), "{index}");
    }
}

#[test]
fn what_the_message_says_must_fit_what_there_is() {
    let (part, chunks) = sealed();
    let bucket = document_bucket(part.bytes);
    let key = DocumentKey::new([9; 32]);
    for (said, fault) in [
        (DocumentPart { key, ..part.clone() }, DocumentFault::Altered),
        (DocumentPart { nonce: [9; 19], ..part.clone() }, DocumentFault::Altered),
        (DocumentPart { hash: KeyHash::new([9; 32]), ..part.clone() }, DocumentFault::Hash),
        // Within the bucket: what was content would be padding, or padding content.
        (DocumentPart { bytes: part.bytes - 1, ..part.clone() }, DocumentFault::Length),
        (DocumentPart { bytes: bucket, ..part.clone() }, DocumentFault::Hash),
        // Beyond it.
        (DocumentPart { bytes: bucket + 1, ..part.clone() }, DocumentFault::Length),
        (DocumentPart { bytes: 1, ..part.clone() }, DocumentFault::Length),
        (DocumentPart { bytes: DOCUMENT_MAX_BYTES + 1, ..part.clone() }, DocumentFault::Length),
        (DocumentPart { bytes: u64::MAX, ..part.clone() }, DocumentFault::Length),
    ] {
        assert_eq!(open(&said, &chunks), Err(fault), "{said:?}");
    }
}

#[test]
fn a_chunk_that_was_refused_counts_as_not_seen() {
    let (part, chunks) = sealed();
    let mut opening = Opening::new(&part).unwrap();
    opening.take(&chunks[0]).unwrap();
    assert_eq!(opening.take(&chunks[2]), Err(DocumentFault::Length));
    assert_eq!(opening.take(&chunks[0]), Err(DocumentFault::Altered));
    assert_eq!(opening.next(), 1);
    opening.take(&chunks[1]).unwrap();
    opening.take(&chunks[2]).unwrap();
    assert_eq!(opening.finish(), Ok(()));
}

/// Counts, and remembers the most that came at once.
#[derive(Default)]
struct Count {
    bytes: u64,
    most: usize,
}

impl Write for Count {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.bytes += from.len() as u64;
        self.most = self.most.max(from.len());
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_largest_document_passes_in_chunks_and_one_byte_more_is_refused() {
    let (mut sealing, mut sink) = (Sealing::new(&DocumentKey::new([7; 32]), &[7; 19]), Count::default());
    let piece = vec![0x5a; 1024 * 1024];
    for _ in 0..DOCUMENT_MAX_BYTES / piece.len() as u64 {
        sealing.take(&piece, &mut sink).unwrap();
        assert!(sealing.chunk.capacity() <= CHUNK_BYTES, "nothing but a chunk is kept");
    }
    assert!(matches!(sealing.take(&[0], &mut sink), Err(Error::Misuse(Misuse::DocumentTooLarge))));
    let mut sealing = Sealing { bytes: DOCUMENT_MAX_BYTES, ..sealing };
    sealing.take(&[], &mut sink).unwrap();
    assert_eq!(sealing.finish(&mut sink).unwrap().0, DOCUMENT_MAX_BYTES);
    assert_eq!(sink.bytes, BlobSize::of_document(DOCUMENT_MAX_BYTES).unwrap().bytes());
    assert!(sink.most <= CHUNK_BYTES, "{}", sink.most);
}

#[test]
fn a_document_is_the_same_whatever_the_pieces_in_which_it_comes() {
    let (content, key) = (content(LENGTH), DocumentKey::new([7; 32]));
    let (part, chunks) = sealed();
    for piece in [1000, CHUNK_PLAIN_BYTES - 1, CHUNK_PLAIN_BYTES + 1, LENGTH] {
        let mut blob = Vec::new();
        let (length, hash) = seal(&content, piece, &mut blob, &key, &[7; 19]).unwrap();
        assert_eq!((length, hash), (part.bytes, part.hash));
        assert!(blob == chunks.concat(), "{piece}");
    }
}
