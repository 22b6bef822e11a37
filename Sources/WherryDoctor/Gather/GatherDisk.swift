package import WherryLinux
import WherryModel

extension DiskFacts {
  /// Of the file system that holds `path`. With `staging`, a file is written there, synced and removed. Blocks.
  package static func current(_ path: String, staging: String?) throws(SystemError) -> DiskFacts {
    let usage = try FileSystemUsage(of: path)
    let mount = holder(of: path, try MountInfo.current())
    var facts = DiskFacts(
      path: path, kind: mount?.type ?? "a file system", source: mount?.source ?? "",
      options: Set((mount?.options ?? []) + (mount?.superOptions ?? [])), total: usage.totalBytes,
      free: usage.freeBytes, totalFiles: usage.totalFiles, freeFiles: usage.freeFiles)
    if let staging { facts.writeTest = tryWriting(in: staging) }
    facts.tellsKinds = try tellsKinds(path)
    let device = try Files.status(path, following: true).device
    facts.endOfLife = try endOfLife(device)
    return facts
  }

  /// Nil where the folder is empty, or not for us to read.
  private static func tellsKinds(_ path: String) throws(SystemError) -> Bool? {
    do throws(SystemError) {
      let entries = try FileDescriptor.open(path, [.directory]).entries(maximum: 1 << 16)
      return entries.isEmpty ? nil : entries.contains { $0.kind != .unknown }
    } catch {
      if error.isNotPermitted { return nil }
      throw error
    }
  }

  /// The mount whose point is the longest that `path` begins with; the last of several at one place.
  static func holder(of path: String, _ mounts: [MountInfo]) -> MountInfo? {
    var best: MountInfo?
    for mount in mounts where Self.isBelow(path, mount.mountPoint) {
      if mount.mountPoint.utf8.count >= best?.mountPoint.utf8.count ?? 0 { best = mount }
    }
    return best
  }

  private static func isBelow(_ path: String, _ folder: String) -> Bool {
    folder == "/" || path == folder || path.hasPrefix(folder + "/")
  }

  private static func tryWriting(in folder: String) -> WriteTest {
    let path = "\(folder)/doctor"
    let began = Uptime.nanoseconds()
    do throws(SystemError) {
      try DurableFile.write(path, Array("wherry doctor\n".utf8))
      try DurableFile.remove(path)
    } catch {
      return error.isNotPermitted ? .skipped : .failed(error.reason)
    }
    return .done(milliseconds: (Uptime.nanoseconds() - began) / 1_000_000)
  }

  /// `mmcblk0/device/pre_eol_info` of the disk that has the partition.
  private static func endOfLife(_ device: UInt64) throws(SystemError) -> Int? {
    let folder = "/sys/dev/block/\(DeviceNumber.major(device)):\(DeviceNumber.minor(device))"
    for path in ["device/pre_eol_info", "../device/pre_eol_info"] {
      guard let bytes = try Files.readIfPresent("\(folder)/\(path)", maximum: 64) else { continue }
      let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
      return Int(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16)
    }
    return nil
  }
}
