"""The demonstration: four cots from small rendered clips, one of whose cameras comes and goes."""
