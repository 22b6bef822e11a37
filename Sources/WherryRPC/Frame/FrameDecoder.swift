/// Cuts a stream of bytes into frames: a CBOR sequence (RFC 8742) of definite byte strings.
///
/// Call `next` until it gives nil after each `append`: then what is held is never more than one
/// unfinished frame, and nothing of a frame longer than the limit.
package struct FrameDecoder: Sendable {
  /// The longest frame taken. May be changed between frames.
  package var limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var failure: FrameError?

  package init(limit: Int) {
    self.limit = limit
  }

  /// How many bytes are held for a frame that has not arrived whole.
  package var buffered: Int { buffer.count - start }

  package mutating func append(_ bytes: some Collection<UInt8>) {
    guard failure == nil else { return }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole frame's content, or nil where more bytes are needed.
  /// Once it has thrown, it throws the same for ever and holds nothing.
  package mutating func next() throws(FrameError) -> ArraySlice<UInt8>? {
    if let failure { throw failure }
    do throws(FrameError) {
      guard let head = try FrameHead(buffer[start...], limit: limit),
        buffer.count - start - head.size >= head.length
      else {
        compact()
        return nil
      }
      let body = start + head.size
      start = body + head.length
      return buffer[body..<start]
    } catch {
      failure = error
      buffer = []
      start = 0
      throw error
    }
  }

  /// Gives back the room of frames already taken.
  private mutating func compact() {
    guard start > 0 else { return }
    // A new array, so that one large frame does not keep its room for the life of a connection.
    buffer = Array(buffer[start...])
    start = 0
  }
}
