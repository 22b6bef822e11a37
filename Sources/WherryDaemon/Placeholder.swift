import Logging
import UnixSignals

enum PD {}
