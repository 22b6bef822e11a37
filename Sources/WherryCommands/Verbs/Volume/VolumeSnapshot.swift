import ArgumentParser
import WherryRPC
import WherryWire

struct VolumeSnapshotVerb: Verb {
  static let synopsis = "volume snapshot VOLUME SNAPSHOT"
  static let configuration: CommandConfiguration = describe(
    "volume snapshot", "Copy a volume as it is now to a new one, with its containers paused meanwhile")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    let client = try await context.connect()
    let result = try await client.volumeSnapshot(VolumeSnapshotParams(name: words[0], snapshot: words[1]))
    try context.console.print(result.volume.name)
    return 0
  }
}

struct VolumeRestoreVerb: Verb {
  static let synopsis = "volume restore VOLUME SNAPSHOT"
  static let configuration: CommandConfiguration = describe(
    "volume restore", "Put what a snapshot holds in the place of what a volume holds")
  static let flagSet = FlagSet(flags: [])

  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(2))
    let client = try await context.connect()
    _ = try await client.volumeRestore(VolumeRestoreParams(name: words[0], snapshot: words[1]))
    try context.console.print(words[0])
    return 0
  }
}
