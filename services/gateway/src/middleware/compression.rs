use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{NotForContentType, SizeAbove},
    },
};

/// Minimum size of a compressed response, in bytes. Shorter responses fit one packet.
const MIN_SIZE: u16 = 1024;

/// Compresses responses according to `Accept-Encoding` at the fastest level. Images and event streams are left
/// unchanged.
pub(crate) fn compressed() -> CompressionLayer<impl Predicate> {
    let what = SizeAbove::new(MIN_SIZE).and(NotForContentType::IMAGES).and(NotForContentType::SSE);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(what)
}
