import Glibc
import Testing

/// Replays what libFuzzer has found worth keeping.
struct CorpusTests {
  @Test
  func everyInputOfTheCorpusHolds() throws {
    let folder =
      #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Fuzz/Corpus/schema"
    let inputs = try CorpusFolder.inputs(folder)
    #expect(!inputs.isEmpty)
    for (name, bytes) in inputs { #expect(Fuzz.schema(bytes) == nil, "\(name)") }
  }

  /// The first byte of an input must be able to name each.
  @Test
  func thereAreNoMoreTypesThanAByteNames() {
    #expect(Samples.all.count <= 256)
    for seed in Fuzz.seeds { #expect(Fuzz.schema(seed) == nil) }
  }
}

private enum CorpusFolder {
  static func inputs(_ folder: String) throws -> [(name: String, bytes: [UInt8])] {
    let stream = try #require(opendir(folder))
    defer { closedir(stream) }
    var inputs: [(String, [UInt8])] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      inputs.append((name, try bytes(folder + "/" + name)))
    }
    return inputs
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    // Inputs are at most 4 KiB.
    var bytes = [UInt8](repeating: 0, count: 8192)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    return bytes
  }
}
