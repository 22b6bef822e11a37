// Inline shims for what Swift cannot import.
#pragma once
