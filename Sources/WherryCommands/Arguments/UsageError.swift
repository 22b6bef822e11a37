/// The command line could not be understood.
struct UsageError: Error, Equatable {
  var message: String
  /// 125 for flags, as Docker's client; 1 for a wrong number of words.
  var exitCode: Int32 = 125
  var hint: String?
}
