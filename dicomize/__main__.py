"""python -m dicomize"""

from dicomize.cli import main

main()
