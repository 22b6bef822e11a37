import Glibc
import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryOCI
import WherryWire

@testable import WherryImages

/// DESIGN, "Budgets": 32 MiB for a pull whatever the image's size. A debug build needs more than a release
/// build; the figure is printed, and what fails here is growth with the image.
@Suite(.enabled(if: FetchFixture.isPossible, "needs root and the wherry executable"), .timeLimit(.minutes(2)))
struct FootprintTests {
  #if DEBUG
    static let budget = 80 << 10
  #else
    static let budget = 32 << 10
  #endif

  @Test func workerStaysSmallWhateverTheImage() async throws {
    var random = SystemRandomNumberGenerator()
    let block = (0..<(1 << 20)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    let content = [[UInt8]](repeating: block, count: 48).flatMap(\.self)
    let layer = tar { $0.add(.file, "big", content: content) }
    let blob = try await shell("gzip -1 -c", layer)
    let image = StubImage(layer: blob, diffID: StubImage.digest(layer), mediaType: .layerGzip)
    let stub = try await StubRegistry { image.reply($0) }
    let fixture = try FetchFixture()
    let peak = Peak()
    _ = try await fixture.pull("\(stub.domain)/library/x") { progress in
      if progress.phase == .extracting { peak.look() }
    }
    print("peak RSS of the fetch worker: \(peak.kibibytes) KiB for a layer of \(blob.count >> 20) MiB")
    #expect(peak.kibibytes > 0 && peak.kibibytes <= Self.budget)
  }

  /// The largest VmHWM (proc(5)) among our running workers.
  final class Peak: Sendable {
    private let value = Mutex(0)
    var kibibytes: Int { value.withLock { $0 } }

    func look() {
      do {
        for task in try Files.list("/proc/self/task") {
          let children = try Files.readIfPresent("/proc/self/task/\(task)/children") ?? []
          for child in String(decoding: children, as: UTF8.self).split(separator: " ") {
            let status = try Files.readText("/proc/\(child)/status")
            for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
              let number = line.split(separator: " ").dropLast().last.flatMap { Int($0.trimmingTabs) } ?? 0
              value.withLock { $0 = max($0, number) }
            }
          }
        }
      } catch {
        // A process that ended meanwhile.
      }
    }
  }
}

extension Substring {
  fileprivate var trimmingTabs: Substring { drop { $0 == "\t" || $0 == " " } }
}
