import CLibSystemd
import WherryLinux
import WherryModel

/// A D-Bus call that failed: the remote error's name and text, or an errno of the connection.
struct BusError: Error {
  var errno: Int32
  /// `org.freedesktop.systemd1.NoSuchUnit` and so on.
  var name: String?
  var text: String?

  init(errno: Int32, name: String? = nil, text: String? = nil) {
    self.errno = errno
    self.name = name
    self.text = text
  }

  /// Takes what an `sd_bus_error` says and frees it.
  init(errno: Int32, freeing error: inout sd_bus_error) {
    self.errno = errno
    name = error.name.map { String(cString: $0) }
    text = error.message.map { String(cString: $0) }
    sd_bus_error_free(&error)
  }

  var isNoSuchUnit: Bool { name == "org.freedesktop.systemd1.NoSuchUnit" }
  var isUnitExists: Bool { name == "org.freedesktop.systemd1.UnitExists" }

  func wherryError(_ operation: String, _ unit: String) -> WherryError {
    let reason = text ?? SystemError(errno: errno, operation, unit).reason
    let code: WherryError.Code = name == nil ? .unavailable : .internal
    return WherryError(
      code, "systemd: \(operation) \(unit): \(reason)", details: name.map { ["dbus-error": $0] } ?? [:],
      cause: self)
  }
}
