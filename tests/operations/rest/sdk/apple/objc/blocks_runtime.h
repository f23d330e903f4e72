// GNUstep's headers ask for this one of another runtime, which has nothing that is needed here.
