"""How fast the service is, compared within one run: `make bench`. Nothing of production imports this."""
