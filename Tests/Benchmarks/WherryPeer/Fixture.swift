// Shared by both peers: GRPCPeer/Fixture.swift is a link to this file.

/// What one container of the list has, before either protocol has put it into its own type.
struct Fixture {
  var id: String
  var name: String
  var image: String
  var imageID: String
  var command: [String]
  var created: UInt64
  var startedAt: UInt64
  /// Nil where the container runs.
  var finishedAt: UInt64?
  var exitCode: UInt64?
  var labels: [String: String]
  var restartCount: UInt64
  var mounts: [String]
  var networks: [String]

  /// Fifty containers as a device may have them, the same in every run.
  static let containers: [Fixture] = (0..<50).map { Fixture(number: $0) }

  private init(number: Int) {
    let role = ["web", "mqtt", "recorder", "dashboard", "updater"][number % 5]
    id = Self.hexadecimal(seed: UInt64(number))
    name = "\(role)-\(number)"
    image = "registry.example/site/\(role):1.\(number % 7)"
    imageID = "sha256:" + Self.hexadecimal(seed: UInt64(1000 + number % 5))
    command = ["/usr/bin/\(role)", "--config", "/etc/\(role)/\(role).conf"]
    created = 1_790_000_000_000_000_000 + UInt64(number) * 61_000_000_007
    startedAt = created + 412_345_678
    if number % 5 == 4 { (finishedAt, exitCode) = (created + 9_876_543_210, 137) }
    labels = ["example.site": "north", "example.role": role]
    restartCount = UInt64(number % 3)
    mounts = ["/var/lib/\(role)"]
    networks = ["host"]
  }

  /// 64 digits that do not repeat (SplitMix64).
  private static func hexadecimal(seed: UInt64) -> String {
    var state = seed &* 0x9e37_79b9_7f4a_7c15
    var text = ""
    for _ in 0..<4 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var word = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
      word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
      let digits = String(word ^ (word >> 31), radix: 16)
      text += String(repeating: "0", count: 16 - digits.count) + digits
    }
    return text
  }
}
