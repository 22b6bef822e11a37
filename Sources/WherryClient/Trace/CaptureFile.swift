import WherryCBOR
import WherryLinux
package import WherryModel
import WherryRPC

/// What `WHERRY_CAPTURE` has written.
package enum CaptureFile {
  static let maximumSize = 256 << 20

  /// One line a message, with times since the first. A file whose end is cut off gives what is whole, then throws.
  package static func lines(_ path: String) throws(WherryError) -> [String] {
    let bytes = try WherryError.converting { () throws(SystemError) in
      try Files.read(path, maximum: Self.maximumSize)
    }
    var limits = CBORLimits()
    limits.maximumString = maximumSize
    limits.maximumItems = .max
    var reader = CBORReader(bytes, limits: limits)
    var lines: [String] = []
    var first: UInt64?
    do throws(CBORError) {
      while !reader.isAtEnd {
        _ = try reader.readArrayHeader()
        let direction = FrameTap.Direction(rawValue: try reader.readUInt()) ?? .received
        let time = try reader.readUInt()
        let message = try reader.readBytes()
        reader.endContainer()
        let start = first ?? time
        first = start
        lines.append(
          TraceLine.text(
            direction, message[...], at: .microseconds(Int64(clamping: time &- min(start, time)))))
      }
    } catch {
      throw WherryError(
        .dataLoss, "\(path) is no whole capture: \(error) after \(lines.count) messages",
        hint: "captures are written by wherry debug rpc --capture FILE COMMAND")
    }
    return lines
  }
}
