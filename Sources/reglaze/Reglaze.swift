import ArgumentParser

@main struct Reglaze: ParsableCommand {}
