/// A template could not be read or did not fit the value.
struct TemplateError: Error, Equatable {
  var message: String

  init(_ message: String) {
    self.message = message
  }
}
