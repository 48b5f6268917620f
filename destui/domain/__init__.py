"""The pure rules of destui: dataclasses, enums and checks that know no I/O."""
