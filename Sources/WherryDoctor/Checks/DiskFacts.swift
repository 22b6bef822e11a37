import WherryModel
package import WherryWire

/// The file system that holds the state folder.
package struct DiskFacts: Sendable, Equatable {
  package enum WriteTest: Sendable, Equatable {
    /// Written, synced and removed, in so many milliseconds.
    case done(milliseconds: UInt64)
    case failed(String)
    /// Not tried: no right to.
    case skipped
  }

  package var path: String
  /// As mountinfo names it: `ext4`, `overlay`…
  package var kind: String
  package var source: String
  package var options: Set<String>
  /// Bytes, and inodes; zero inodes where the file system has no fixed number of them.
  package var total: UInt64
  package var free: UInt64
  package var totalFiles: UInt64
  package var freeFiles: UInt64
  package var writeTest: WriteTest
  /// Whether folders tell what kind their entries are, readdir(3); nil where that could not be seen.
  package var tellsKinds: Bool?
  /// What an eMMC says of its spare blocks (JEDEC 84-B51, PRE_EOL_INFO): 1 normal, 2 warning, 3 urgent.
  package var endOfLife: Int?

  package init(
    path: String, kind: String, source: String = "", options: Set<String> = ["rw"], total: UInt64,
    free: UInt64,
    totalFiles: UInt64 = 0, freeFiles: UInt64 = 0, writeTest: WriteTest = .skipped, tellsKinds: Bool? = nil,
    endOfLife: Int? = nil
  ) {
    self.path = path
    self.kind = kind
    self.source = source
    self.options = options
    self.total = total
    self.free = free
    self.totalFiles = totalFiles
    self.freeFiles = freeFiles
    self.writeTest = writeTest
    self.tellsKinds = tellsKinds
    self.endOfLife = endOfLife
  }

  private static let unfit: Set = [
    "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "squashfs",
    "iso9660",
  ]
  private static let cleaning =
    "wherry system df shows what takes it; wherry container prune and wherry image prune free it"

  package var findings: [DoctorFinding] {
    let found = use + room + end
    if !found.isEmpty { return found }
    var time = ""
    if case .done(let milliseconds) = writeTest { time = ", a synced write takes \(milliseconds) ms" }
    return [
      .ok(
        .disk, "\(path) on \(kind): \(Self.size(free)) of \(Self.size(total)) free\(time)",
        note: "wherry system check compares what is on it with what was committed")
    ]
  }

  private var use: [DoctorFinding] {
    if options.contains("ro") {
      return [
        .fault(
          .disk, "\(path) is on a file system that is mounted read-only",
          "dmesg tells whether an error did that; then fsck and mount -o remount,rw, or replace the card")
      ]
    }
    var found: [DoctorFinding] = []
    if Self.unfit.contains(kind) {
      found.append(
        .fault(
          .disk, "\(path) is on \(kind), which cannot hold layers",
          "put it on ext4, xfs, btrfs or f2fs: \"state-directory\" in /etc/wherry/daemon.json"))
    } else if tellsKinds == false {
      found.append(
        .fault(
          .disk, "\(path) is on \(kind) whose folders do not tell kinds (d_type), which overlayfs needs",
          "make the file system anew: mkfs.xfs -n ftype=1"))
    }
    if kind == "tmpfs" || kind == "ramfs" {
      found.append(
        .warning(
          .disk, "\(path) is in memory: images and containers are gone after a reboot",
          "put it on a disk: \"state-directory\" in /etc/wherry/daemon.json"))
    }
    let unsafe = options.intersection(["nobarrier", "barrier=0", "data=writeback", "async_commit"]).sorted()
    if !unsafe.isEmpty {
      found.append(
        .warning(
          .disk,
          "\(path) is mounted with \(unsafe.joined(separator: ",")): a power cut may lose what was acknowledged",
          "take it from /etc/fstab"))
    }
    if options.contains("sync") {
      found.append(
        .warning(
          .disk, "\(path) is mounted with sync: each write wears the card by itself",
          "take it from /etc/fstab"))
    }
    switch writeTest {
    case .failed(let reason):
      found.append(
        .fault(
          .disk, "writing to \(path) failed: \(reason)",
          "dmesg tells what the device said; back up what is on it"))
    case .done(let milliseconds) where milliseconds >= 2000:
      found.append(
        .warning(
          .disk, "a synced write to \(path) takes \(milliseconds) ms: the card is worn out, or busy",
          "wherry system wear tells who writes; a card that stays slow is replaced"))
    case .done, .skipped: break
    }
    return found
  }

  private var room: [DoctorFinding] {
    var found: [DoctorFinding] = []
    let low = min(total / 20, 1 << 30)
    if free < 16 << 20 {
      found.append(
        .fault(.disk, "\(path) is full: \(Self.size(free)) of \(Self.size(total)) free", Self.cleaning))
    } else if free < low {
      found.append(
        .warning(
          .disk, "\(path) is nearly full: \(Self.size(free)) of \(Self.size(total)) free", Self.cleaning))
    }
    if totalFiles > 0, freeFiles < max(totalFiles / 20, 1) {
      let text = "\(path) has \(freeFiles) of \(totalFiles) inodes left"
      found.append(
        freeFiles < 1000 ? .fault(.disk, text, Self.cleaning) : .warning(.disk, text, Self.cleaning))
    }
    return found
  }

  private var end: [DoctorFinding] {
    guard let endOfLife, endOfLife >= 2 else { return [] }
    let text = "the storage itself says that \(endOfLife == 2 ? "80" : "90") % of its spare blocks are used"
    let remedy = "replace it soon; wherry system wear tells who writes"
    return [endOfLife == 2 ? .warning(.disk, text, remedy) : .fault(.disk, text, remedy)]
  }

  /// In units of 1000, rounded down: 1.9 GB.
  static func size(_ bytes: UInt64) -> String {
    var (value, unit) = (bytes, 0)
    var tenths: UInt64 = 0
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    while value >= 1000, unit + 1 < units.count {
      tenths = value % 1000 / 100
      value /= 1000
      unit += 1
    }
    return unit == 0 || value >= 100 ? "\(value) \(units[unit])" : "\(value).\(tenths) \(units[unit])"
  }
}
