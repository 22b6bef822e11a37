import CWherryLinux
import Glibc
package import WherryModel

extension Timestamp {
  /// CLOCK_REALTIME. Before 1970 (a board without a clock) it is 0.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(FileTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec)))
  }

  package init(_ time: FileTime) {
    let seconds = UInt64(clamping: time.seconds)
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, beyond) = product.addingReportingOverflow(UInt64(clamping: time.nanoseconds))
    self.init(nanoseconds: overflow || beyond ? .max : sum)
  }
}

extension FileTime {
  package init(_ time: Timestamp) {
    self.init(
      seconds: Int64(time.nanoseconds / 1_000_000_000), nanoseconds: Int64(time.nanoseconds % 1_000_000_000))
  }
}

/// Time since boot, CLOCK_BOOTTIME: goes on in suspend, as start times in /proc do.
package enum Uptime {
  package static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return Timestamp(FileTime(seconds: Int64(time.tv_sec), nanoseconds: Int64(time.tv_nsec))).nanoseconds
  }
}

/// The kernel's name for this boot, random(4): what was written under another is stale.
package enum BootID {
  package static func current() throws(SystemError) -> String {
    let text = try Files.readText("/proc/sys/kernel/random/boot_id", maximum: 128)
    return String(text.prefix { $0 != "\n" })
  }
}

/// What the kernel knows of its wall clock.
package enum KernelClock {
  /// Whether something (NTP, PTP, a receiver) keeps it right, adjtimex(2); nil where that may not be asked.
  package static var isSynchronised: Bool? {
    switch wherry_clock_is_free() {
    case 0: true
    case 1: false
    default: nil
    }
  }
}
