
https/other.example.comß
other.example.comother.example.com¶

/"‘
Ž
envoy.access_loggers.fileq
%
io.projectcontour.kind	HTTPProxy
!
io.projectcontour.nameother
%
io.projectcontour.namespaceshop
shop/orders/80/da39a3ee5e2+
)
x-request-startt=%START_TIME(%s.%3f)%p