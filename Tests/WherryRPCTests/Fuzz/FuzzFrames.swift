import WherryRPC

/// What libFuzzer and the replay of its corpus check. Each takes any bytes and says what is wrong, or nil.
enum Fuzz {
  /// The frame decoder: the same frames however the bytes are cut, and bounded memory.
  static func frames(_ input: [UInt8]) -> String? {
    guard input.count > 2 else { return nil }
    let limit = Int(input[0]) * 16
    let step = Int(input[1]) % 32 + 1
    let bytes = Array(input[2...])
    let whole = decode([bytes[...]], limit: limit)
    let cut = decode(
      stride(from: 0, to: bytes.count, by: step).map { bytes[$0..<min($0 + step, bytes.count)] }, limit: limit
    )
    if whole.frames != cut.frames { return "the frames depend on how the bytes are cut" }
    if whole.error != cut.error { return "the error depends on how the bytes are cut" }
    if whole.frames.contains(where: { $0.count > limit }) { return "a frame above the limit" }
    if cut.mostBuffered > limit + 5 + step { return "\(cut.mostBuffered) bytes held, the limit is \(limit)" }
    if whole.error == nil {
      let again = whole.frames.flatMap { Message.frame($0) }
      if !bytes.starts(with: again) { return "the frames are not what was sent" }
    }
    return nil
  }

  private static func decode(
    _ parts: [ArraySlice<UInt8>], limit: Int
  ) -> (frames: [[UInt8]], error: FrameError?, mostBuffered: Int) {
    var decoder = FrameDecoder(limit: limit)
    var frames: [[UInt8]] = []
    var most = 0
    for part in parts {
      decoder.append(part)
      do throws(FrameError) {
        while let frame = try decoder.next() { frames.append(Array(frame)) }
      } catch {
        return (frames, error, max(most, decoder.buffered))
      }
      most = max(most, decoder.buffered)
    }
    return (frames, nil, most)
  }
}
