import ArgumentParser

print("wherry")
