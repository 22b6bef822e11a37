import Glibc
import WherryModel

/// `RPCSoak CALLS SEED`: so many calls in ten parts, the first of them to warm up. After each the process
/// must hold what it held after the first.
@main
enum Main {
  /// What the end may hold above the warm process: room for malloc's arenas, not for a leak of a few
  /// bytes a call.
  static let allowedResident = 8 << 20
  static let allowedAllocated = 1 << 20
  static let parts = 10

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    guard arguments.count == 2, arguments[0] >= parts else {
      print("usage: RPCSoak CALLS SEED")
      exit(2)
    }
    let path = "/tmp/wherry-soak-\(getpid()).sock"
    var random = Random(seed: UInt64(bitPattern: Int64(arguments[1])))
    let soak = try await Soak(path: path)
    let begin = ContinuousClock.now
    var warm: Footprint?
    var last = try Footprint.now()
    say("start: \(last.text)")
    for part in 1...parts {
      try await soak.run(arguments[0] / parts, &random)
      last = try Footprint.now()
      say("part \(part) of \(parts): \(last.text)")
      if warm == nil { warm = last }
    }
    try await soak.end()
    unlink(path)
    let seconds = Double((ContinuousClock.now - begin) / .milliseconds(1)) / 1000
    print("seed \(arguments[1]), \(seconds) s: \(soak.tally.text)")
    let faults = soak.tally.faults + (warm.map { growth(from: $0, to: last) } ?? [])
    for fault in faults { print("fault: \(fault)") }
    exit(faults.isEmpty ? 0 : 1)
  }

  /// At once, also into a file.
  private static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  private static func growth(from warm: Footprint, to last: Footprint) -> [String] {
    var faults: [String] = []
    if last.resident > warm.resident + allowedResident {
      faults.append(
        "\((last.resident - warm.resident) >> 10) KiB more are resident than after the first part")
    }
    if last.allocated > warm.allocated + allowedAllocated {
      faults.append(
        "\((last.allocated - warm.allocated) >> 10) KiB more are allocated than after the first part")
    }
    if last.descriptors != warm.descriptors {
      faults.append("\(last.descriptors) descriptors are open, not \(warm.descriptors)")
    }
    return faults
  }
}
